//! Conditions that do not say what they seem to, or that never hold.

use super::catalog::Level;
use super::resources::level;
use super::{actions_of, allows, denies};
use crate::lint::{Report, Rule};
use crate::read::{Condition, Document, Statement};
use crate::simulate::condition::moment;
use crate::simulate::condition::operator::{Compares, Operator, Over, unknown};

pub(super) fn examine(document: &Document, report: &mut Report) {
    for statement in &document.statements {
        for condition in &statement.conditions {
            match Operator::parse(&condition.operator) {
                None => report.error(Rule::UnknownOperator, parent(condition), unknown(&condition.operator)),
                Some(operator) => {
                    values(condition, operator, report);
                    if allows(statement) {
                        of_allow(statement, condition, operator, report);
                    } else if denies(statement) {
                        of_deny(statement, condition, operator, report);
                    }
                }
            }
        }
        together(statement, report);
    }
}

/// Where the operator stands.
fn parent(condition: &Condition) -> String {
    condition.values.pointer.rsplit_once('/').map_or(String::new(), |(parent, _)| parent.to_owned())
}

fn never(condition: &Condition, why: impl std::fmt::Display, report: &mut Report) {
    report.error(
        Rule::ConditionNeverHolds,
        condition.values.pointer.as_str(),
        format!("the condition can never hold: {why}"),
    );
}

/// Values that nothing fits.
fn values(condition: &Condition, operator: Operator, report: &mut Report) {
    let values = &condition.values;
    if values.items.is_empty() && !operator.negated && !operator.if_exists {
        return never(condition, "its list of values is empty", report);
    }
    let fits = |value: &str| match operator.compares {
        Compares::Truth | Compares::Absence => {
            value.eq_ignore_ascii_case("true") || value.eq_ignore_ascii_case("false")
        }
        Compares::Number(_) => value.parse::<f64>().is_ok(),
        Compares::Address => address(value).is_some(),
        Compares::Moment(_) => moment::parse(value).is_some(),
        _ => true,
    };
    let wanted = match operator.compares {
        Compares::Truth | Compares::Absence => "\"true\" or \"false\"",
        Compares::Number(_) => "a number",
        Compares::Moment(_) => "a date of ISO 8601 or a count of seconds",
        _ => "an address or a network such as 192.0.2.0/24",
    };
    for (at, value) in values.located() {
        if !value.contains("${") && !fits(value) {
            let holds = if operator.negated { ", so the condition keeps nothing out" } else { "" };
            let message = format!("{value:?} fits nothing: {wanted} is expected with {}{holds}", condition.operator);
            report.error(Rule::ConditionNeverHolds, at, message);
        }
    }
    if condition.key.eq_ignore_ascii_case("aws:SourceIp") {
        source(condition, report);
    }
}

/// The address and the length of its network.
fn address(value: &str) -> Option<(std::net::IpAddr, u8)> {
    let (address, length) = value.split_once('/').map_or((value, None), |(address, length)| (address, Some(length)));
    let address: std::net::IpAddr = address.parse().ok()?;
    let most = if address.is_ipv4() { 32 } else { 128 };
    let length = length.map_or(Some(most), |length| length.parse().ok())?;
    (length <= most).then_some((address, length))
}

fn source(condition: &Condition, report: &mut Report) {
    for (at, value) in condition.values.located() {
        match address(value) {
            Some((_, 0)) => report.warn(
                Rule::OpenNetwork,
                at,
                format!("{value} is the whole Internet, so the condition tells nobody apart"),
            ),
            Some((std::net::IpAddr::V4(v4), _)) if v4.is_private() || v4.is_loopback() || v4.is_link_local() => {
                let message = format!(
                    "{value} is a private network, and aws:SourceIp is the public address that AWS sees: name that, or use \
                     aws:SourceVpc or aws:VpcSourceIp for requests through a VPC endpoint"
                );
                report.warn(Rule::PrivateSourceIp, at, message);
            }
            _ => {}
        }
    }
}

fn is(condition: &Condition, key: &str) -> bool {
    condition.key.eq_ignore_ascii_case(key)
}

fn says(condition: &Condition, value: &str) -> bool {
    condition.values.items.iter().any(|own| own.eq_ignore_ascii_case(value))
}

fn of_allow(statement: &Statement, condition: &Condition, operator: Operator, report: &mut Report) {
    let at = condition.values.pointer.as_str();
    let (key, name) = (&condition.key, &condition.operator);
    if operator.if_exists && is(condition, "aws:MultiFactorAuthPresent") {
        let message = format!("{name} lets requests through that lack {key}, as those with access keys do: write Bool");
        report.error(Rule::AllowIfExists, at, message);
    } else if operator.if_exists && !super::listing::is_prefix(condition) && !is(condition, "sts:ExternalId") {
        let message = format!("{name} also allows every request that has no {key}: without IfExists it must be there");
        report.warn(Rule::AllowIfExists, at, message);
    }
    let required =
        |other: &Condition| other.operator == "Null" && other.key.eq_ignore_ascii_case(key) && says(other, "false");
    if operator.over == Over::All && !statement.conditions.iter().any(required) {
        let message =
            format!("{name} also holds for a request that has no {key}: add the condition Null {key} \"false\"");
        report.warn(Rule::AllowForAllValues, at, message);
    }
}

fn of_deny(statement: &Statement, condition: &Condition, operator: Operator, report: &mut Report) {
    let at = condition.values.pointer.as_str();
    let (key, name) = (&condition.key, &condition.operator);
    let mfa = is(condition, "aws:MultiFactorAuthPresent") && says(condition, "false");
    if mfa && !operator.if_exists && operator.compares == Compares::Truth {
        let message = "requests with access keys have no aws:MultiFactorAuthPresent, so this Deny misses them: write \
                       BoolIfExists";
        report.warn(Rule::DenyWithoutIfExists, at, message);
    }
    if operator.if_exists && !operator.negated && operator.compares != Compares::Truth {
        let message = format!(
            "{name} in a Deny also hits every request that has no {key}: without IfExists it hits only what has it"
        );
        report.warn(Rule::DenyIfExists, at, message);
    }
    let exempt = [
        "aws:SourceVpc",
        "aws:SourceVpce",
        "aws:ViaAWSService",
        "aws:PrincipalIsAWSService",
        "aws:VpcSourceIp",
        "aws:PrincipalArn",
    ];
    let exempts = |other: &Condition| exempt.iter().any(|key| is(other, key));
    if operator.compares == Compares::Address
        && operator.negated
        && is(condition, "aws:SourceIp")
        && !statement.conditions.iter().any(exempts)
    {
        let message = "requests through a VPC endpoint have no aws:SourceIp and those that services of AWS make have their own, \
                       so this Deny hits both: exempt them with aws:SourceVpce and aws:ViaAWSService if they are used";
        report.note(Rule::DenyAddressHitsServices, at, message);
    }
}

/// Conditions that exclude each other: all of a statement must hold at once.
fn together(statement: &Statement, report: &mut Report) {
    let strict: Vec<(&Condition, Operator)> = statement
        .conditions
        .iter()
        .filter_map(|condition| Some((condition, Operator::parse(&condition.operator)?)))
        .filter(|(_, operator)| !operator.if_exists)
        .take(50)
        .collect();
    let present = |key: &str| {
        strict.iter().find(|(condition, operator)| {
            is(condition, key) && !operator.negated && operator.compares != Compares::Absence
        })
    };
    for (condition, operator) in &strict {
        if operator.compares == Compares::Absence && !says(condition, "false") && present(&condition.key).is_some() {
            never(condition, format!("{} must be absent, and another condition compares it", condition.key), report);
        }
        if operator.negated && operator.compares == Compares::Text {
            let same = strict
                .iter()
                .find(|(other, own)| own.compares == Compares::Text && !own.negated && is(other, &condition.key));
            let excluded = |(other, _): &&(&Condition, Operator)| {
                !other.values.items.is_empty()
                    && other.values.items.iter().all(|value| condition.values.items.contains(value))
            };
            if same.as_ref().is_some_and(excluded) {
                never(condition, format!("every value that {} must have is excluded here", condition.key), report);
            }
        }
    }
    if let (Some((condition, _)), true) =
        (present("aws:SourceIp"), present("aws:SourceVpc").or(present("aws:SourceVpce")).is_some())
    {
        never(condition, "a request through a VPC endpoint has no aws:SourceIp, and one without has no VPC", report);
    }
    let objects_only = actions_of(statement).all(|(_, action)| level(action) == Some(Level::Object));
    if let Some((condition, _)) =
        present("s3:prefix").filter(|_| objects_only && statement.actions.as_ref().is_some_and(|a| !a.negated))
    {
        never(condition, "requests for objects have no s3:prefix, which listings alone have", report);
    }
}
