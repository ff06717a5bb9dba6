//! Amounts as the source holds them: decimals, or whole numbers.

use bigdecimal::BigDecimal;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::mysql::{Mysql, MysqlType, MysqlValue};
use diesel::sql_types::Numeric;

use crate::money::Money;

/// A price or a total.
#[derive(Clone, Debug, FromSqlRow)]
pub struct SourceAmount(pub Money);

impl FromSql<Numeric, Mysql> for SourceAmount {
    fn from_sql(value: MysqlValue<'_>) -> deserialize::Result<Self> {
        match value.value_type() {
            // Straight from the text: a decimal of any size in between costs more than all the rest of a row.
            MysqlType::Numeric => Ok(Self(std::str::from_utf8(value.as_bytes())?.parse()?)),
            _ => Ok(Self(BigDecimal::from_sql(value)?.into())),
        }
    }
}
