//! Whether a condition holds.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::BTreeMap;

use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp, Zoned};

use super::expression::{Comparison, Expr};
use super::parse::Condition;
use crate::condition::Truth;

/// What is known of a request; what is `None` is not known.
#[derive(Debug, Clone, Default)]
pub struct Context {
    /// `resource.name`, for example `projects/_/buckets/data/objects/in/a`.
    pub resource_name: Option<String>,
    /// `resource.type`, for example `storage.googleapis.com/Object`.
    pub resource_type: Option<String>,
    /// `resource.service`, for example `storage.googleapis.com`.
    pub resource_service: Option<String>,
    /// `request.time`.
    pub time: Option<Timestamp>,
    /// What `api.getAttribute` gives; for others it gives the default of the condition.
    pub attributes: BTreeMap<String, Attribute>,
}

/// The value of an API attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attribute {
    /// A text.
    Text(String),
    /// A list of texts.
    List(Vec<String>),
}

impl Condition {
    /// Whether the condition holds for a request.
    ///
    /// What Google could not decide does not hold, as there: a binding whose condition cannot be decided
    /// gives nothing ("Overview of IAM Conditions").
    pub fn holds(&self, context: &Context) -> Truth {
        truth(&self.expr, context).unwrap_or(Truth::False)
    }
}

#[derive(Debug, Clone, PartialEq)]
enum Value<'a> {
    Text(Cow<'a, str>),
    Int(i64),
    Bool(bool),
    Time(Timestamp),
    Span(SignedDuration),
    List(Vec<Self>),
    Unknown,
}

/// The expression has no value: its parts are of types that do not go together.
#[derive(Debug, Clone, Copy)]
struct Undecidable;

type Decided<T> = Result<T, Undecidable>;

fn truth(expr: &Expr, context: &Context) -> Decided<Truth> {
    match expr {
        Expr::Not(inner) => truth(inner, context).map(|truth| !truth),
        Expr::All(each) => settle(each, context, Truth::False),
        Expr::Any(each) => settle(each, context, Truth::True),
        other => match value(other, context)? {
            Value::Bool(truth) => Ok(truth.into()),
            Value::Unknown => Ok(Truth::Unknown),
            _ => Err(Undecidable),
        },
    }
}

/// Either side of `&&` and `||` may settle it, even if the other has no value (CEL, "Logical Operators").
fn settle(each: &[Expr], context: &Context, settles: Truth) -> Decided<Truth> {
    let each: Vec<Decided<Truth>> = each.iter().map(|part| truth(part, context)).collect();
    if each.iter().any(|part| matches!(part, Ok(truth) if *truth == settles)) {
        return Ok(settles);
    }
    let mut known = each.into_iter().collect::<Decided<Vec<_>>>()?.into_iter();
    Ok(if known.any(|truth| truth == Truth::Unknown) { Truth::Unknown } else { !settles })
}

fn value<'a>(expr: &'a Expr, context: &'a Context) -> Decided<Value<'a>> {
    Ok(match expr {
        Expr::Text(text) => Value::Text(Cow::Borrowed(text)),
        Expr::Int(number) => Value::Int(*number),
        Expr::Bool(truth) => Value::Bool(*truth),
        Expr::List(each) => Value::List(each.iter().map(|part| value(part, context)).collect::<Decided<_>>()?),
        Expr::Attribute(name) => attribute(name, context),
        Expr::ApiAttribute(name, default) => match context.attributes.get(name) {
            Some(Attribute::Text(text)) => Value::Text(Cow::Borrowed(text)),
            Some(Attribute::List(each)) => Value::List(each.iter().map(|text| Value::Text(text.into())).collect()),
            None => value(default, context)?,
        },
        Expr::Call(name, each) => {
            let each = each.iter().map(|part| value(part, context)).collect::<Decided<Vec<_>>>()?;
            if each.contains(&Value::Unknown) { Value::Unknown } else { call(name, &each)? }
        }
        Expr::Not(_) | Expr::All(_) | Expr::Any(_) => match truth(expr, context)? {
            Truth::True => Value::Bool(true),
            Truth::False => Value::Bool(false),
            Truth::Unknown => Value::Unknown,
        },
        Expr::Compare(comparison, two) => compare(*comparison, &value(&two.0, context)?, &value(&two.1, context)?)?,
        Expr::Choose(three) => match truth(&three.0, context)? {
            Truth::True => value(&three.1, context)?,
            Truth::False => value(&three.2, context)?,
            Truth::Unknown => Value::Unknown,
        },
    })
}

fn attribute<'a>(name: &str, context: &'a Context) -> Value<'a> {
    let text = match name {
        "resource.name" => &context.resource_name,
        "resource.type" => &context.resource_type,
        "resource.service" => &context.resource_service,
        "request.time" => return context.time.map_or(Value::Unknown, Value::Time),
        _ => &None,
    };
    text.as_deref().map_or(Value::Unknown, |text| Value::Text(text.into()))
}

fn compare<'a>(comparison: Comparison, left: &Value<'a>, right: &Value<'a>) -> Decided<Value<'a>> {
    if comparison == Comparison::In {
        return match right {
            Value::List(each) if each.contains(left) && *left != Value::Unknown => Ok(Value::Bool(true)),
            Value::List(each) if *left == Value::Unknown || each.contains(&Value::Unknown) => Ok(Value::Unknown),
            Value::List(_) => Ok(Value::Bool(false)),
            Value::Unknown => Ok(Value::Unknown),
            _ => Err(Undecidable),
        };
    }
    let order = match (left, right) {
        (Value::Unknown, _) | (_, Value::Unknown) => return Ok(Value::Unknown),
        (Value::Text(left), Value::Text(right)) => left.cmp(right),
        (Value::Int(left), Value::Int(right)) => left.cmp(right),
        (Value::Bool(left), Value::Bool(right)) => left.cmp(right),
        (Value::Time(left), Value::Time(right)) => left.cmp(right),
        (Value::Span(left), Value::Span(right)) => left.cmp(right),
        (Value::List(left), Value::List(right)) if matches!(comparison, Comparison::Equal | Comparison::NotEqual) => {
            if left == right {
                Ordering::Equal
            } else {
                Ordering::Less
            }
        }
        _ => return Err(Undecidable),
    };
    Ok(Value::Bool(match comparison {
        Comparison::Equal => order.is_eq(),
        Comparison::NotEqual => order.is_ne(),
        Comparison::Less => order.is_lt(),
        Comparison::AtMost => order.is_le(),
        Comparison::Greater => order.is_gt(),
        Comparison::AtLeast | Comparison::In => order.is_ge(),
    }))
}

fn call<'a>(name: &str, each: &[Value<'a>]) -> Decided<Value<'a>> {
    match (name, each) {
        ("startsWith", [Value::Text(text), Value::Text(start)]) => Ok(Value::Bool(text.starts_with(start.as_ref()))),
        ("endsWith", [Value::Text(text), Value::Text(end)]) => Ok(Value::Bool(text.ends_with(end.as_ref()))),
        ("extract", [Value::Text(text), Value::Text(template)]) => {
            extract(text, template).map(|part| Value::Text(Cow::Owned(part)))
        }
        ("hasOnly", [Value::List(each), Value::List(allowed)]) => {
            Ok(Value::Bool(each.iter().all(|one| allowed.contains(one))))
        }
        ("timestamp", [Value::Text(text)]) => text.parse().map(Value::Time).map_err(|_| Undecidable),
        ("date", [Value::Text(text)]) => date(text).map(Value::Time),
        ("duration", [Value::Text(text)]) => duration(text).map(Value::Span),
        (part, [Value::Time(time)]) => moment(part, &time.to_zoned(TimeZone::UTC)),
        (part, [Value::Time(time), Value::Text(zone)]) => match time_zone(zone) {
            Some(zone) => moment(part, &time.to_zoned(zone)),
            None => Ok(Value::Unknown),
        },
        _ => Err(Undecidable),
    }
}

/// What stands in the place of `{...}`: after the first of what comes before it, up to the next of what comes after.
fn extract(text: &str, template: &str) -> Decided<String> {
    let (before, rest) = template.split_once('{').ok_or(Undecidable)?;
    let (_, after) = rest.split_once('}').ok_or(Undecidable)?;
    let Some((_, found)) = text.split_once(before) else { return Ok(String::new()) };
    let found = if after.is_empty() { Some(found) } else { found.split_once(after).map(|(found, _)| found) };
    Ok(found.unwrap_or_default().to_owned())
}

fn date(text: &str) -> Decided<Timestamp> {
    let day: jiff::civil::Date = text.parse().map_err(|_| Undecidable)?;
    day.to_zoned(TimeZone::UTC).map(|zoned| zoned.timestamp()).map_err(|_| Undecidable)
}

/// Seconds, as `"3600s"`.
fn duration(text: &str) -> Decided<SignedDuration> {
    let seconds = text.strip_suffix('s').and_then(|seconds| seconds.parse().ok()).ok_or(Undecidable)?;
    Ok(SignedDuration::from_secs(seconds))
}

/// `UTC`, `+02:00`, or a name of the time zone database, which is the machine's.
fn time_zone(name: &str) -> Option<TimeZone> {
    let (sign, rest) = match name.split_at_checked(1)? {
        ("-", rest) => (-1, rest),
        ("+", rest) => (1, rest),
        _ => (1, name),
    };
    match rest.split_once(':').map(|(hours, minutes)| (hours.parse::<i32>(), minutes.parse::<i32>())) {
        Some((Ok(hours), Ok(minutes))) => {
            let seconds = hours.checked_mul(60)?.checked_add(minutes)?.checked_mul(60)?;
            Offset::from_seconds(sign * seconds).ok().map(TimeZone::fixed)
        }
        _ => TimeZone::get(name).ok(),
    }
}

/// A part of a moment, counted as CEL counts: months and days of the month and year from 0, Sunday is 0.
fn moment<'a>(part: &str, time: &Zoned) -> Decided<Value<'a>> {
    Ok(Value::Int(match part {
        "getDate" => time.day().into(),
        "getDayOfMonth" => i64::from(time.day()) - 1,
        "getDayOfWeek" => time.weekday().to_sunday_zero_offset().into(),
        "getDayOfYear" => i64::from(time.day_of_year()) - 1,
        "getFullYear" => time.year().into(),
        "getHours" => time.hour().into(),
        "getMilliseconds" => time.millisecond().into(),
        "getMinutes" => time.minute().into(),
        "getMonth" => i64::from(time.month()) - 1,
        "getSeconds" => time.second().into(),
        _ => return Err(Undecidable),
    }))
}
