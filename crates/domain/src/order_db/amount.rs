//! Amounts and units as the source holds them: decimals, or whole numbers, signed or not.

use bigdecimal::{BigDecimal, ToPrimitive as _};
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::mysql::{Mysql, MysqlType, MysqlValue};
use diesel::sql_types::{BigInt, Numeric, Unsigned};

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

/// A quantity, or a sum of some, which the source gives as a decimal.
#[derive(Clone, Copy, Debug, FromSqlRow)]
pub(super) struct SourceUnits(pub(super) i128);

impl FromSql<Numeric, Mysql> for SourceUnits {
    fn from_sql(value: MysqlValue<'_>) -> deserialize::Result<Self> {
        match value.value_type() {
            MysqlType::Numeric => {
                let sum = BigDecimal::from_sql(value)?;
                sum.to_i128()
                    .map(Self)
                    .ok_or_else(|| format!("a sum of quantities, {sum}, is too large").into())
            }
            MysqlType::UnsignedLongLong => {
                Ok(Self(<u64 as FromSql<Unsigned<BigInt>, Mysql>>::from_sql(value)?.into()))
            }
            _ => Ok(Self(<i64 as FromSql<BigInt, Mysql>>::from_sql(value)?.into())),
        }
    }
}
