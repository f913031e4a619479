//! A database on PostgreSQL that holds the same as one of SQLite, row by row.

use std::fmt::Write as _;
use std::path::Path;

use domain::secret::SecretBytes;
use futures::TryStreamExt as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteRow};
use sqlx::{
    AssertSqlSafe, Column as _, ConnectOptions as _, Connection as _, PgConnection, Row as _, TypeInfo as _,
    ValueRef as _,
};
use store::{Store, StoreConfig};
use testkit::component;

/// So much is sent at once.
const PART: usize = 1 << 20;

/// A database of this run alone.
pub(crate) struct Database {
    name: String,
    pub(crate) url: String,
}

impl Database {
    /// Makes it with the schema of the program, and copies every table.
    pub(crate) async fn copy_of(file: &Path) -> Self {
        let server = component::postgres_url();
        let name = format!("tidegate_bench_{}", uuid::Uuid::new_v4().simple());
        let (before, _) = server.rsplit_once('/').expect("the URL of a database ends with its name");
        let url = format!("{before}/{name}");
        admin(format!("CREATE DATABASE {name}")).await;
        let config = StoreConfig::Postgres { url: SecretBytes::from(url.as_str()) };
        Store::open(&config).await.expect("the database takes the schema").close().await;
        let mut to = PgConnection::connect(&url).await.expect("the database takes connections");
        // Rows come table by table, so what they refer to may come later.
        run(&mut to, "SET session_replication_role = replica".to_owned()).await;
        let from = SqliteConnectOptions::new().filename(file).read_only(true);
        let mut from = from.connect().await.expect("the file is a database");
        for table in tables(&mut from).await {
            copy(&mut from, &mut to, &table).await;
        }
        // As the server itself does, a minute after so many rows have come.
        run(&mut to, "VACUUM ANALYZE".to_owned()).await;
        Self { name, url }
    }

    pub(crate) async fn remove(self) {
        admin(format!("DROP DATABASE {} WITH (FORCE)", self.name)).await;
    }
}

async fn admin(sql: String) {
    let mut server = PgConnection::connect(&component::postgres_url()).await.expect("PostgreSQL takes connections");
    run(&mut server, sql).await;
}

async fn run(connection: &mut PgConnection, sql: String) {
    let done = sqlx::raw_sql(AssertSqlSafe(sql.clone())).execute(connection).await;
    done.unwrap_or_else(|why| panic!("PostgreSQL refused '{sql}': {why}"));
}

/// All but the one that tells the version of the schema, which is there.
async fn tables(from: &mut SqliteConnection) -> Vec<String> {
    let sql =
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'schema_version' AND name NOT LIKE 'sqlite_%'";
    let rows = sqlx::query(sql).fetch_all(from).await.expect("the file can be read");
    rows.iter().map(|row| row.get("name")).collect()
}

async fn copy(from: &mut SqliteConnection, to: &mut PgConnection, table: &str) {
    let mut rows = sqlx::query(AssertSqlSafe(format!("SELECT * FROM {table}"))).fetch(from);
    let Some(mut row) = rows.try_next().await.expect("the table can be read") else { return };
    let columns: Vec<_> = row.columns().iter().map(|column| column.name()).collect();
    let sql = format!("COPY {table} ({}) FROM STDIN", columns.join(", "));
    let mut copy = to.copy_in_raw(&sql).await.expect("PostgreSQL takes rows");
    let mut part = String::new();
    loop {
        write_line(&mut part, &row);
        if part.len() > PART {
            copy.send(part.as_bytes()).await.expect("PostgreSQL takes rows");
            part.clear();
        }
        match rows.try_next().await.expect("the table can be read") {
            Some(next) => row = next,
            None => break,
        }
    }
    copy.send(part.as_bytes()).await.expect("PostgreSQL takes rows");
    copy.finish().await.unwrap_or_else(|why| panic!("PostgreSQL refused rows of {table}: {why}"));
}

/// As PostgreSQL reads it: columns between tabs, a backslash before what would mean something.
fn write_line(to: &mut String, row: &SqliteRow) {
    for at in 0..row.len() {
        if at > 0 {
            to.push('\t');
        }
        let value = row.try_get_raw(at).expect("the row has so many columns");
        if value.is_null() {
            to.push_str("\\N");
            continue;
        }
        let kind = value.type_info().name().to_owned();
        match kind.as_str() {
            "INTEGER" => write!(to, "{}", row.get::<i64, _>(at)).expect("text can be written"),
            "BLOB" => {
                to.push_str("\\\\x");
                for byte in row.get::<&[u8], _>(at) {
                    write!(to, "{byte:02x}").expect("text can be written");
                }
            }
            _ => {
                for c in row.get::<&str, _>(at).chars() {
                    match c {
                        '\\' => to.push_str("\\\\"),
                        '\n' => to.push_str("\\n"),
                        '\r' => to.push_str("\\r"),
                        '\t' => to.push_str("\\t"),
                        c => to.push(c),
                    }
                }
            }
        }
    }
    to.push('\n');
}
