//! The steps at which a crash must do no harm, in one list.
//!
//! A use case says which step it has reached. In production nobody listens; in the crash tests the
//! process is killed at each step of [`Step::ALL`], and what is left must be consistent. A step that is
//! not on the list does not compile, and one that no test reaches fails the test.

macro_rules! steps {
    ($($(#[$doc:meta])* $name:ident = $text:literal),+ $(,)?) => {
        /// A step at which a crash must do no harm.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Step {
            $($(#[$doc])* $name),+
        }

        impl Step {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// Its name for the crash tests.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text),+ }
            }
        }
    };
}

steps! {
    /// An integration was proven and is not kept yet.
    IntegrationProven = "integration-proven",
    /// An integration was kept and nobody was told yet.
    IntegrationKept = "integration-kept",
    /// A proof's run was taken by a server, and nothing was asked yet.
    ProofRunClaimed = "proof-run-claimed",
    /// Something stored was proven, and the proof is not kept yet.
    ProofRunProven = "proof-run-proven",
    /// A project's new key was made, and nothing is re-wrapped under it yet.
    KeyMade = "key-made",
    /// Everything was re-wrapped, and the old keys are still there.
    KeysRewrapped = "keys-rewrapped",
    /// The new root key is in the store and not in use yet.
    RootReplaced = "root-replaced",
    /// A session was opened, and its grant is not recorded yet.
    SessionOpened = "session-opened",
    /// A grant was recorded, and nothing was handed out yet.
    GrantRecorded = "grant-recorded",
    /// A grant was marked as revoked, and the provider was not asked yet.
    GrantRevoked = "grant-revoked",
    /// The provider has cut the sessions off, and that is not recorded yet.
    SessionsCutOff = "sessions-cut-off",
    /// A backup was copied and does not have its name yet.
    BackupCopied = "backup-copied",
    /// The copy lies beside the database that it will replace.
    RestoreCopied = "restore-copied",
}

impl Step {
    /// The step of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|step| step.as_str() == name)
    }
}

/// Is told of every step; nobody in production.
pub type AtStep = fn(Step);

/// Nobody is told.
pub fn nobody(_: Step) {}
