//! Condition and update expressions, with names and values that no reserved word or user text can upset.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;

/// The text of a condition and an update, and what the placeholders in them stand for.
#[derive(Debug, Default)]
pub(crate) struct Expression {
    names: HashMap<String, String>,
    values: HashMap<String, AttributeValue>,
    conditions: Vec<String>,
    set: Vec<String>,
    remove: Vec<String>,
    add: Vec<String>,
    delete: Vec<String>,
}

impl Expression {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// A placeholder for an attribute.
    pub(crate) fn name(&mut self, attribute: &str) -> String {
        let placeholder = if attribute.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_') {
            format!("#{attribute}")
        } else {
            format!("#n{}", self.names.len())
        };
        self.names.insert(placeholder.clone(), attribute.to_owned());
        placeholder
    }

    /// A placeholder for a value.
    pub(crate) fn value(&mut self, value: AttributeValue) -> String {
        let placeholder = format!(":v{}", self.values.len());
        self.values.insert(placeholder.clone(), value);
        placeholder
    }

    /// Adds a condition that must hold together with the others.
    pub(crate) fn require(&mut self, condition: String) {
        self.conditions.push(condition);
    }

    /// Requires `attribute <operator> value`.
    pub(crate) fn compare(&mut self, attribute: &str, operator: &str, value: AttributeValue) {
        let (name, value) = (self.name(attribute), self.value(value));
        self.require(format!("{name} {operator} {value}"));
    }

    /// Requires that the attribute is absent or compares like this.
    pub(crate) fn compare_if_present(&mut self, attribute: &str, operator: &str, value: AttributeValue) {
        let (name, value) = (self.name(attribute), self.value(value));
        self.require(format!("(attribute_not_exists({name}) OR {name} {operator} {value})"));
    }

    /// Requires that the attribute is there.
    pub(crate) fn require_present(&mut self, attribute: &str) {
        let name = self.name(attribute);
        self.require(format!("attribute_exists({name})"));
    }

    /// Requires that the attribute is not there.
    pub(crate) fn require_absent(&mut self, attribute: &str) {
        let name = self.name(attribute);
        self.require(format!("attribute_not_exists({name})"));
    }

    /// Requires that the attribute holds one of these texts.
    pub(crate) fn one_of(&mut self, attribute: &str, texts: impl IntoIterator<Item = &'static str>) {
        let name = self.name(attribute);
        let values: Vec<String> = texts
            .into_iter()
            .map(|text| self.value(AttributeValue::S(text.to_owned())))
            .collect();
        self.require(format!("{name} IN ({})", values.join(", ")));
    }

    /// Sets the attribute.
    pub(crate) fn set(&mut self, attribute: &str, value: AttributeValue) {
        let (name, value) = (self.name(attribute), self.value(value));
        self.set.push(format!("{name} = {value}"));
    }

    /// Sets the attribute, or removes it.
    pub(crate) fn set_or_remove(&mut self, attribute: &str, value: Option<AttributeValue>) {
        match value {
            Some(value) => self.set(attribute, value),
            None => self.remove(attribute),
        }
    }

    /// Sets something to an expression over placeholders made before.
    pub(crate) fn set_to(&mut self, path: &str, expression: &str) {
        self.set.push(format!("{path} = {expression}"));
    }

    /// Sets the attribute to another one plus a number.
    pub(crate) fn set_to_sum(&mut self, attribute: &str, other: &str, number: AttributeValue) {
        let (name, other, number) = (self.name(attribute), self.name(other), self.value(number));
        self.set.push(format!("{name} = {other} + {number}"));
    }

    /// Adds one to a counter.
    pub(crate) fn increment(&mut self, attribute: &str) {
        let (name, one) = (self.name(attribute), self.value(AttributeValue::N("1".to_owned())));
        self.set.push(format!("{name} = {name} + {one}"));
    }

    /// Appends to a list.
    pub(crate) fn append(&mut self, attribute: &str, value: AttributeValue) {
        let (name, list) = (self.name(attribute), self.value(AttributeValue::L(vec![value])));
        self.set.push(format!("{name} = list_append({name}, {list})"));
    }

    /// Removes the attribute.
    pub(crate) fn remove(&mut self, attribute: &str) {
        let name = self.name(attribute);
        self.remove.push(name);
    }

    /// Puts a text into a set of texts, which is made if it is not there.
    pub(crate) fn add_member(&mut self, attribute: &str, member: &str) {
        let (name, member) = (self.name(attribute), self.value(one_text(member)));
        self.add.push(format!("{name} {member}"));
    }

    /// Takes a text out of a set of texts, if it is in it. A set that becomes empty is gone.
    pub(crate) fn delete_member(&mut self, attribute: &str, member: &str) {
        let (name, member) = (self.name(attribute), self.value(one_text(member)));
        self.delete.push(format!("{name} {member}"));
    }

    /// That a text is in a set of texts, to be required alone or as part of more.
    pub(crate) fn is_member(&mut self, attribute: &str, member: &str) -> String {
        let (name, member) = (self.name(attribute), self.value(AttributeValue::S(member.to_owned())));
        format!("contains({name}, {member})")
    }

    /// The condition's text, if there is one.
    pub(crate) fn condition_text(&self) -> Option<String> {
        (!self.conditions.is_empty()).then(|| self.conditions.join(" AND "))
    }

    /// The update's text.
    pub(crate) fn update_text(&self) -> String {
        let mut clauses = Vec::new();
        if !self.set.is_empty() {
            clauses.push(format!("SET {}", self.set.join(", ")));
        }
        if !self.remove.is_empty() {
            clauses.push(format!("REMOVE {}", self.remove.join(", ")));
        }
        if !self.add.is_empty() {
            clauses.push(format!("ADD {}", self.add.join(", ")));
        }
        if !self.delete.is_empty() {
            clauses.push(format!("DELETE {}", self.delete.join(", ")));
        }
        clauses.join(" ")
    }

    /// What the placeholders for attributes stand for; `None` when there are none, as DynamoDB wants it.
    pub(crate) fn names(&self) -> Option<HashMap<String, String>> {
        (!self.names.is_empty()).then(|| self.names.clone())
    }

    /// What the placeholders for values stand for; `None` when there are none.
    pub(crate) fn values(&self) -> Option<HashMap<String, AttributeValue>> {
        (!self.values.is_empty()).then(|| self.values.clone())
    }
}

/// A set of one text.
fn one_text(member: &str) -> AttributeValue {
    AttributeValue::Ss(vec![member.to_owned()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expression_names_every_attribute_and_value_by_placeholder() {
        let mut expression = Expression::new();
        expression.one_of("status", ["requested", "quoted"]);
        expression.compare_if_present("lease_expires_at", "<=", AttributeValue::N("5".to_owned()));
        expression.set("status", AttributeValue::S("running".to_owned()));
        expression.increment("version");
        expression.remove("due");
        assert_eq!(
            expression.condition_text().as_deref(),
            Some("#status IN (:v0, :v1) AND (attribute_not_exists(#lease_expires_at) OR #lease_expires_at <= :v2)")
        );
        assert_eq!(
            expression.update_text(),
            "SET #status = :v3, #version = #version + :v4 REMOVE #due"
        );
        assert_eq!(expression.values().unwrap().len(), 5);
    }

    #[test]
    fn sets_grow_and_shrink_by_a_member() {
        let mut expression = Expression::new();
        let member = expression.is_member("sessions", "a");
        expression.require(member);
        expression.add_member("sessions", "a");
        expression.delete_member("holders", "b");
        assert_eq!(expression.condition_text().as_deref(), Some("contains(#sessions, :v0)"));
        assert_eq!(expression.update_text(), "ADD #sessions :v1 DELETE #holders :v2");
    }

    #[test]
    fn text_from_outside_never_reaches_the_expression() {
        let mut expression = Expression::new();
        let name = expression.name("AB12 = :x OR attribute_exists(a)");
        assert_eq!(name, "#n0");
    }
}
