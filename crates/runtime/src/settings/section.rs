//! How one section is read: its variables are found, parsed into a struct of [`Field`]s by `envy`, and taken out one
//! by one, each mistake being noted under the name that the user wrote.
//!
//! A [`Field`] never fails to parse: it keeps what was illegal, so that one run shows every mistake and not the first
//! alone.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::de::{self, DeserializeOwned, Deserializer, Visitor};

use super::{Environment, Findings};

/// The value of one variable, as far as it could be understood.
#[derive(Clone, Default)]
pub(super) enum Field<T> {
    #[default]
    Unset,
    Legal(T, String),
    Illegal(String),
}

impl<T> Field<T> {
    /// Whether the user wrote anything.
    pub(super) fn is_set(&self) -> bool {
        !matches!(self, Self::Unset)
    }

    /// The same, but illegal where `rule` says no.
    pub(super) fn only_if(self, rule: impl FnOnce(&T) -> bool) -> Self {
        match self {
            Self::Legal(value, text) if !rule(&value) => Self::Illegal(text),
            other => other,
        }
    }
}

impl<'de, T: FromStr> de::Deserialize<'de> for Field<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        // Text is taken as it stands, since a password may end in a blank; a number in a mounted secret ends a line.
        Ok(match text.parse().or_else(|_| text.trim().parse()) {
            Ok(value) => Self::Legal(value, text),
            Err(_) => Self::Illegal(text),
        })
    }
}

/// One section while it is being read.
pub(super) struct Section<'f> {
    prefix: &'static str,
    /// Values by field, under the name that the user wrote.
    found: BTreeMap<String, (String, String)>,
    findings: &'f mut Findings,
    problems_before: usize,
}

impl<'f> Section<'f> {
    /// The variables of `environment` that begin with `prefix`.
    pub(super) fn new(environment: &Environment, prefix: &'static str, findings: &'f mut Findings) -> Self {
        let found = environment
            .with_prefix(prefix)
            .map(|(field, value)| (field.to_owned(), (format!("{prefix}{field}"), value.to_owned())))
            .collect();
        let problems_before = findings.problems.len();
        Self { prefix, found, findings, problems_before }
    }

    /// Takes `field` from the variable `flat` where the section's own is unset, as is `rival`, another field that
    /// says the same.
    pub(super) fn or_flat(
        &mut self,
        environment: &Environment,
        flat: &str,
        field: &str,
        rival: Option<&str>,
    ) {
        let Some(value) = environment.get(flat) else { return };
        let winner = self.found.get(field).or_else(|| self.found.get(rival?));
        if let Some((name, _)) = winner {
            self.findings.note(format!("{flat} is not used: {name} is set and wins"));
        } else {
            self.findings.note(format!("{flat} is used for {}{field}", self.prefix));
            self.found.insert(field.to_owned(), (flat.to_owned(), value.to_owned()));
        }
    }

    /// The fields, each with its value or what was illegal in its place. A variable that is none of them is a
    /// problem: it is a misspelt one.
    pub(super) fn fields<F: DeserializeOwned + Default>(&mut self) -> F {
        let known: Vec<String> = field_names::<F>().iter().map(|name| name.to_uppercase()).collect();
        let mut values = Vec::new();
        for (field, (name, value)) in &self.found {
            if known.contains(field) {
                values.push((field.clone(), value.clone()));
            } else {
                let legal = known.join(", ");
                self.findings.problem(format!(
                    "{name} is not a setting: {} is followed by one of {legal}",
                    self.prefix
                ));
            }
        }
        envy::from_iter(values).unwrap_or_else(|error| {
            // Fields take any text and the names were compared above, but envy's word is not ours to give.
            self.findings.problem(format!("{}…: {error}", self.prefix));
            F::default()
        })
    }

    /// The value of `field`, or `default` where it is unset. `legal` completes the sentence "write …".
    pub(super) fn value<T>(&mut self, field: &str, read: Field<T>, default: T, legal: &str) -> T {
        self.optional(field, read, legal).unwrap_or(default)
    }

    /// The value of `field`, if it is set.
    pub(super) fn optional<T>(&mut self, field: &str, read: Field<T>, legal: &str) -> Option<T> {
        match read {
            Field::Unset => None,
            Field::Legal(value, _) => Some(value),
            Field::Illegal(text) => {
                self.refuse(field, format_args!("is {text:?}: write {legal}"));
                None
            }
        }
    }

    /// Notes a problem with `field`, under the name that the user wrote.
    pub(super) fn refuse(&mut self, field: &str, what: impl fmt::Display) {
        let name = self.name(field);
        self.findings.problem(format!("{name} {what}"));
    }

    /// The variable that set `field`, or the one that could.
    pub(super) fn name(&self, field: &str) -> String {
        self.found.get(field).map_or_else(|| format!("{}{field}", self.prefix), |(name, _)| name.clone())
    }

    /// `settings`, unless a problem was found in this section.
    pub(super) fn finish<S>(self, settings: S) -> Option<S> {
        (self.findings.problems.len() == self.problems_before).then_some(settings)
    }
}

/// The names of a struct's fields, as serde knows them.
pub(super) fn field_names<F: DeserializeOwned>() -> &'static [&'static str] {
    let mut names: &'static [&'static str] = &[];
    // The error is how the names come out: nothing is deserialised.
    let _: Result<F, _> = F::deserialize(FieldNames(&mut names));
    names
}

struct FieldNames<'a>(&'a mut &'static [&'static str]);

impl<'de> Deserializer<'de> for FieldNames<'_> {
    type Error = de::value::Error;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        _visitor: V,
    ) -> Result<V::Value, Self::Error> {
        *self.0 = fields;
        Err(de::Error::custom("only the names were asked for"))
    }

    fn deserialize_any<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, Self::Error> {
        Err(de::Error::custom("only structs have fields"))
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}
