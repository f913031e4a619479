//! What to apply on the cloud's side, before or after an integration exists.

use authz::Action;
use domain::audit::Target;
use domain::datasource::{Datasource, Encryption, Purpose};
use domain::integration::{ExternalId, Integration, Settings};
use domain::name::Name;
use domain::place::{BucketName, Prefix};
use domain::principal::Caller;
use domain::provider::{Setup, SetupAsk, SetupPlace};
use domain::{Error, Result};

use super::connect::by_name;
use super::show::every_datasource;
use crate::Broker;

/// What a set-up is asked for, as the command's flags.
#[derive(Debug, Clone, Default)]
pub struct SetupQuery {
    /// Only these datasources of the integration; all of them if none is named.
    pub datasources: Vec<Name>,
    /// Places that are no datasources yet.
    pub places: Vec<(BucketName, Prefix, Purpose)>,
    /// Settings, as far as they are known, where there is no integration yet.
    pub settings: Settings,
    /// The customer's key.
    pub kms_key_arn: Option<String>,
    /// Networks of Tidegate itself.
    pub server_networks: Vec<String>,
    /// Networks of the workers.
    pub worker_networks: Vec<String>,
    /// Networks of those who look at the data.
    pub viewer_networks: Vec<String>,
    /// VPCs from which the data may be read.
    pub vpcs: Vec<String>,
    /// The web page that loads objects.
    pub cors_origin: Option<String>,
    /// Whether `gsutil` must work with the same rights.
    pub gsutil: bool,
}

impl Broker {
    /// The set-up of a method, without any integration.
    ///
    /// # Errors
    /// `invalid` for an unknown method or a need that its policies cannot say.
    pub async fn setup_of_method(
        &self,
        caller: &Caller,
        project: &Name,
        method: &str,
        query: SetupQuery,
    ) -> Result<Setup> {
        let target = Target::named("project", project);
        let entered = self.enter(caller, project, Action::SetupShow, target).await?;
        let places = query_places(&query);
        let external_id = entered.project.external_id;
        let settings = query.settings.clone();
        let ask = SetupAsk {
            identity: self.issued_subject(&external_id, None),
            ..ask(project, external_id, settings, None, places, query)
        };
        self.method(method)?.setup(&ask)
    }

    /// The set-up of an integration: one policy for all of its datasources, or for those named.
    ///
    /// # Errors
    /// `not_found` for an integration or datasource that is not there.
    pub async fn setup_of_integration(
        &self,
        caller: &Caller,
        project: &Name,
        name: &Name,
        query: SetupQuery,
    ) -> Result<Setup> {
        let target = Target::named("integration", name);
        let entered = self.enter(caller, project, Action::SetupShow, target).await?;
        let (integration, datasources) = self.integration_and_datasources(&entered.project, name).await?;
        let mut places = Vec::new();
        for asked in &query.datasources {
            let known = datasources.iter().any(|datasource| datasource.name == *asked);
            if !known {
                return Err(Error::not_found("datasource of this integration", asked.as_str()));
            }
        }
        for datasource in datasources {
            if query.datasources.is_empty() || query.datasources.contains(&datasource.name) {
                places.push(place(datasource, &query));
            }
        }
        places.extend(query_places(&query));
        let external_id = entered.project.external_id;
        let mut settings = integration.settings;
        settings.extend(query.settings.clone());
        let ask = SetupAsk {
            identity: self.issued_subject(&external_id, Some(name)),
            ..ask(project, external_id, settings, Some(name.to_string()), places, query)
        };
        self.method(&integration.method)?.setup(&ask)
    }

    async fn integration_and_datasources(
        &self,
        project: &store::projects::StoredProject,
        name: &Name,
    ) -> Result<(Integration, Vec<Datasource>)> {
        let (project, name) = (project.clone(), name.clone());
        self.store()
            .read(move |tx| {
                Box::pin(async move {
                    let integration = by_name(tx, &project, &name).await?;
                    let datasources = every_datasource(tx, project.id, integration.id).await?;
                    Ok((integration, datasources))
                })
            })
            .await
    }
}

fn place(datasource: Datasource, query: &SetupQuery) -> SetupPlace {
    SetupPlace {
        bucket: datasource.bucket,
        prefix: datasource.prefix,
        purpose: datasource.purpose,
        sse: datasource.sse,
        cors_origin: datasource.cors_origin.or_else(|| query.cors_origin.clone()),
    }
}

fn query_places(query: &SetupQuery) -> Vec<SetupPlace> {
    let sse = query.kms_key_arn.clone().map(|kms_key_arn| Encryption::Kms { kms_key_arn });
    let place = |(bucket, prefix, purpose): (BucketName, Prefix, Purpose)| SetupPlace {
        bucket,
        prefix,
        purpose,
        sse: sse.clone(),
        cors_origin: query.cors_origin.clone(),
    };
    query.places.iter().cloned().map(place).collect()
}

fn ask(
    project: &Name,
    external_id: ExternalId,
    settings: Settings,
    integration: Option<String>,
    places: Vec<SetupPlace>,
    query: SetupQuery,
) -> SetupAsk {
    SetupAsk {
        project: project.to_string(),
        external_id,
        identity: None,
        settings,
        integration,
        places,
        server_networks: query.server_networks,
        worker_networks: query.worker_networks,
        viewer_networks: query.viewer_networks,
        vpcs: query.vpcs,
        kms_key_arn: query.kms_key_arn,
        gsutil: query.gsutil,
    }
}
