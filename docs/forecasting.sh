#!/bin/sh
# Makes the rows of the table in docs/forecasting.md, "How well it does": `make backtest DATA=folder` calls it.
#
# usage: forecasting.sh ANALYTICS_BATCH FOLDER
#
# FOLDER has, in the long format unique_id,ds,y, what the table was made from and nobody may pass on:
#   daily.csv.gz      air_* (restaurants' visitors), pizza_orders, pizza_revenue
#   hourly.csv.gz     pizza_orders, ped_QV (a street's pedestrians)
#   holidays-jp.csv   the restaurants' public holidays: date
set -eu

batch=$1
data=$2
export LOG__LEVEL=error
own=$(mktemp -d)
trap 'rm -r "$own"' EXIT

# select FILE PATTERN: the series of FILE.csv.gz whose names match, as FILE.csv.
select_series() {
    gzip -dc "$data/$1.csv.gz" | awk -F, -v names="$2" 'NR == 1 || $1 ~ names' > "$own/series.csv"
}

# measures MODEL OPTIONS: the model's line of the table that the command prints.
measures() {
    model=$1
    shift
    "$batch" backtest --csv "$own/series.csv" --model "$model" "$@" |
        awk -v model="$model" '$1 == model && $2 + 0 == $2'
}

# row NAME FOLDS OPTIONS: one line of Markdown.
row() {
    name=$1
    folds=$2
    shift 2
    served=$(measures auto "$@")
    naive=$(measures seasonal_naive "$@")
    echo "$served $naive" | awk -v name="$name" -v folds="$folds" '{
        printf "| %s | %s | %.3f | %.3f | %.1f | %.1f | %+.1f | %.1f | %.1f | %.1f | %.1f |\n",
            name, folds, $4, $16, $2, $14, $6, $9, $10, $11, $12
    }'
}

select_series daily '^air_'
row 'restaurants, daily' '7 days, last 20' --folds 20
row 'restaurants, daily' '7 days, last 10' --folds 10
row 'restaurants, daily, holidays given' '7 days, last 20' --folds 20 --holidays "$data/holidays-jp.csv"
row 'restaurants, daily, holidays given' '7 days, last 10' --folds 10 --holidays "$data/holidays-jp.csv"
row 'restaurants, daily' '30 days, last 5' --folds 5 --horizon 30
row 'restaurants, only the last 8 weeks known' '7 days, last 10' --folds 10 --window 56
row 'restaurants, only the last 4 weeks known' '7 days, last 10' --folds 10 --window 28
select_series daily '^pizza_orders$'
row 'pizza, daily orders' '7 days, last 40' --folds 40
select_series daily '^pizza_revenue$'
row 'pizza, daily revenue' '7 days, last 40' --folds 40
select_series hourly '^pizza_orders$'
row 'pizza, hourly orders' '1 day, every third of the last 240' --folds 80 --step 72
select_series hourly '^ped_QV$'
row 'street, hourly pedestrians' '1 day, every third of the last 180' --folds 60 --step 72
