"""What a reader's SQL may call, and the verdict on it: one list for the Query page's process and the share's.

Both processes load this file by its path (`python -I` finds no package), so it imports nothing of the project. What is
not on a list is refused, also what a later DuckDB or an extension brings: some functions take an address in memory
(`pandas_scan(null)` ends the process), some take SQL as text, some read files or settings.
"""

import json
import re
from collections.abc import Iterator
from difflib import get_close_matches

import duckdb

# What may stand in place of a table. Not here: what takes an address (arrow_scan, pandas_scan, python_map_function),
# SQL or a table's name as text (query, query_table and the macros on it, json_execute_serialized_sql), files (read_*,
# parquet_*, glob, sniff_csv), the machine (duckdb_settings, duckdb_databases, duckdb_extensions), logs, checkpoints.
_IN_PLACE_OF_TABLES = """
    duckdb_columns duckdb_constraints duckdb_dependencies duckdb_functions duckdb_indexes duckdb_keywords
    duckdb_schemas duckdb_sequences duckdb_tables duckdb_types duckdb_views generate_series icu_calendar_names
    json_each json_tree pg_timezone_names pragma_show pragma_table_info pragma_version range repeat repeat_row summary
    test_all_types unnest
"""
TABLE_FUNCTIONS = frozenset(_IN_PLACE_OF_TABLES.split())

# Scalars, aggregates, window functions and macros that work out a value from their arguments. Not here: what takes SQL
# or its parsed form as text (json_serialize_plan would bind it), reads settings or variables, waits or writes
# (sleep_ms, nextval, write_log), opens the inside of an aggregate, a type, a geometry or a variant from bytes.
_OPERATORS = """
    !__postfix !~~ !~~* % & && * ** + - ->> / // <-> << <=> <@ >> @ @> ^ ^@ | || ~ ~~ ~~* ~~~
"""
_AGGREGATES = """
    any_value approx_count_distinct approx_quantile approx_top_k arbitrary arg_max arg_max_null arg_max_nulls_last
    arg_min arg_min_null arg_min_nulls_last argmax argmin array_agg avg bit_and bit_or bit_xor bitstring_agg
    bool_and bool_or corr count count_if count_star countif covar_pop covar_samp cume_dist dense_rank entropy favg
    fill first first_value fsum group_concat histogram histogram_exact kahan_sum kurtosis kurtosis_pop lag last
    last_value lead list listagg mad max max_by mean median min min_by mode nth_value ntile percent_rank product
    quantile quantile_cont quantile_disc rank rank_dense regr_avgx regr_avgy regr_count regr_intercept regr_r2
    regr_slope regr_sxx regr_sxy regr_syy reservoir_quantile row_number sem skewness stddev stddev_pop stddev_samp
    string_agg sum sumkahan var_pop var_samp variance
"""
_COLLECTIONS = """
    array_aggr array_aggregate array_append array_apply array_cat array_concat array_contains array_cosine_distance
    array_cosine_similarity array_cross_product array_distance array_distinct array_dot_product array_extract
    array_filter array_grade_up array_has array_has_all array_has_any array_indexof array_inner_product
    array_intersect array_length array_negative_dot_product array_negative_inner_product array_pop_back
    array_pop_front array_position array_prepend array_push_back array_push_front array_reduce array_resize
    array_reverse array_reverse_sort array_select array_slice array_sort array_to_string
    array_to_string_comma_default array_transform array_unique array_value array_where array_zip cardinality
    element_at enum_code enum_first enum_last enum_range enum_range_boundary flatten generate_series
    generate_subscripts list_aggr list_aggregate list_any_value list_append list_apply list_approx_count_distinct
    list_avg list_bit_and list_bit_or list_bit_xor list_bool_and list_bool_or list_cat list_concat list_contains
    list_cosine_distance list_cosine_similarity list_count list_distance list_distinct list_dot_product list_element
    list_entropy list_extract list_filter list_first list_grade_up list_has list_has_all list_has_any list_histogram
    list_indexof list_inner_product list_intersect list_kurtosis list_kurtosis_pop list_last list_mad list_max
    list_median list_min list_mode list_negative_dot_product list_negative_inner_product list_pack list_position
    list_prepend list_product list_reduce list_resize list_reverse list_reverse_sort list_select list_sem
    list_skewness list_slice list_sort list_stddev_pop list_stddev_samp list_string_agg list_sum list_transform
    list_unique list_value list_var_pop list_var_samp list_where list_zip map map_concat map_contains
    map_contains_entry map_contains_value map_entries map_extract map_extract_value map_from_entries map_keys
    map_values range row struct_concat struct_contains struct_extract struct_extract_at struct_has struct_indexof
    struct_insert struct_keys struct_pack struct_position struct_update struct_values union_extract union_tag
    union_value unpivot_list unnest
"""
_JSON = """
    array_to_json from_json from_json_strict json json_array json_array_length json_contains json_exists
    json_extract json_extract_path json_extract_path_text json_extract_string json_group_array json_group_object
    json_group_structure json_keys json_merge_patch json_object json_pretty json_quote json_structure json_transform
    json_transform_strict json_type json_valid json_value row_to_json to_json
"""
_SCALARS = """
    abs acos acosh add age aggregate ago alias apply ascii asin asinh atan atan2 atanh bar base64 bin bit_count
    bit_length bit_position bitstring can_cast_implicitly cast_to_type cbrt ceil ceiling century char_length
    character_length chr concat concat_ws contains cos cosh cot current_catalog current_database current_date
    current_localtime current_localtimestamp current_query current_role current_schema current_schemas current_user
    damerau_levenshtein date_add date_diff date_part date_sub date_trunc datediff datepart datesub datetrunc day
    dayname dayofmonth dayofweek dayofyear days_in_month decade decode degrees divide editdist3 encode ends_with
    epoch epoch_ms epoch_ns epoch_us equi_width_bins era error even exp factorial fdiv filter floor fmod format
    format_bytes format_pg_type formatreadabledecimalsize formatreadablesize from_base64 from_binary from_hex gamma
    gcd gen_random_uuid geomean geometric_mean get_bit get_current_time get_current_timestamp grade_up greatest
    greatest_common_divisor hamming hash hex hour icu_sort_key ilike_escape instr is_histogram_other_bin isfinite
    isinf isnan isodow isoyear jaccard jaro_similarity jaro_winkler_similarity julian last_day lcase lcm least
    least_common_multiple left left_grapheme len length length_grapheme levenshtein lgamma like_escape ln log log10
    log2 lower lpad ltrim make_date make_time make_timestamp make_timestamp_ms make_timestamp_ns make_timestamptz
    map_to_pg_oid md5 md5_number md5_number_lower md5_number_upper microsecond millennium millisecond minute
    mismatches mod month monthname multiply nanosecond nextafter nfc_normalize not_ilike_escape not_like_escape now
    nullif octet_length ord parse_dirname parse_dirpath parse_filename parse_formatted_bytes parse_path
    pg_size_pretty pg_typeof pi position pow power prefix printf quarter radians random reduce regexp_escape
    regexp_extract regexp_extract_all regexp_full_match regexp_matches regexp_replace regexp_split_to_array
    regexp_split_to_table repeat replace reverse right right_grapheme round round_even roundbankers rpad rtrim
    second session_user set_bit sha1 sha256 sign signbit sin sinh split split_part sqrt starts_with str_split
    str_split_regex strftime string_split string_split_regex string_to_array strip_accents strlen strpos strptime
    substr substring substring_grapheme subtract suffix switch tan tanh time_bucket timezone timezone_hour
    timezone_minute to_base to_base64 to_binary to_centuries to_days to_decades to_hex to_hours to_microseconds
    to_millennia to_milliseconds to_minutes to_months to_quarters to_seconds to_timestamp to_weeks to_years today
    transaction_timestamp translate trim trunc try_strptime typeof ucase unbin unhex unicode upper url_decode
    url_encode user uuid uuid_extract_timestamp uuid_extract_version uuidv4 uuidv7 variant_extract variant_typeof
    version wavg week weekday weekofyear weighted_avg xor year yearweek
"""
FUNCTIONS = frozenset((_OPERATORS + _AGGREGATES + _COLLECTIONS + _JSON + _SCALARS).split())

# DuckDB's own tables and views by the beginnings of their names; those listed tell of tables, columns and types alone.
_SYSTEM = ("duckdb_", "pragma_", "pg_", "sqlite_")
_OF_SYSTEM = """
    duckdb_columns duckdb_constraints duckdb_indexes duckdb_schemas duckdb_tables duckdb_types duckdb_views pg_am
    pg_attrdef pg_attribute pg_class pg_collation pg_constraint pg_depend pg_description pg_enum pg_index pg_indexes
    pg_namespace pg_proc pg_sequence pg_sequences pg_tables pg_tablespace pg_type pg_views sqlite_master sqlite_schema
    sqlite_temp_master sqlite_temp_schema
"""
SYSTEM_TABLES = frozenset(_OF_SYSTEM.split())

REFUSALS = ("empty", "several", "not_a_query", "syntax", "function", "unknown_function", "system_table")
_OPENINGS = {"select", "from", "with", "values", "describe", "desc", "summarize", "show", "table", "unpivot", ""}
_WORD = re.compile(r"[A-Za-z_]*")
_SHOWN = 80  # characters of a name that a refusal repeats
_HINTS = 3


def verdict(connection: duckdb.DuckDBPyConnection, sql: str) -> dict:
    """`state` ok, or one of `REFUSALS`, with `detail` (a name, a message) and `hints` (names that may be meant).

    DuckDB's own parser decides, the one that parses what runs: a reading of the text of our own could be fooled. It
    gives every name without quotes and in small letters, whatever schema it was called by.
    """
    tree = json.loads(connection.execute("select json_serialize_sql(?)", [sql]).fetchone()[0])
    if tree["error"]:
        if tree.get("error_type") == "parser":
            return _said("syntax", tree.get("error_message", ""))
        return _said("not_a_query", _no_query(sql))
    if len(tree["statements"]) != 1:
        return _said("several", str(len(tree["statements"]))) if tree["statements"] else _said("empty")
    for state, name in _unfit(tree["statements"]):
        if state == "system_table" or _is_known(connection, name):
            return _said(state, name[:_SHOWN])
        return _said("unknown_function", name[:_SHOWN]) | {"hints": get_close_matches(name, FUNCTIONS, _HINTS)}
    return _said("ok")


def _said(state: str, detail: str = "") -> dict:
    return {"state": state, "detail": detail, "hints": []}


def _unfit(tree: object) -> Iterator[tuple[str, str]]:
    """Every function and system table of the parsed query that is not on its list."""
    stack = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, list):
            stack.extend(node)
            continue
        if not isinstance(node, dict):
            continue
        if node.get("type") == "TABLE_FUNCTION":
            called = node["function"]
            name = str(called.get("function_name", "")).lower()
            if name not in TABLE_FUNCTIONS:
                yield "function", name
            stack.extend(value for key, value in node.items() if key != "function")
            stack.extend(called.values())
            continue
        if "function_name" in node and (name := str(node["function_name"]).lower()) not in FUNCTIONS:
            yield "function", name
        if node.get("export_state"):
            yield "function", "export_state"
        if "table_name" in node:
            name = str(node["table_name"]).strip('"').lower()
            if name.startswith(_SYSTEM) and name not in SYSTEM_TABLES:
                yield "system_table", name
        stack.extend(node.values())


def _is_known(connection: duckdb.DuckDBPyConnection, name: str) -> bool:
    """Whether DuckDB has the function: who mistypes `sum` is told so, and not that it is forbidden."""
    if name == "export_state":
        return True
    found = connection.execute("select 1 from duckdb_functions() where lower(function_name) = ? limit 1", [name])
    return found.fetchone() is not None


def _no_query(sql: str) -> str:
    """The word with which the first statement that is no query begins, for the refusal's sentence alone."""
    text = sql.encode()
    starts = [start for start, _ in duckdb.tokenize(sql)]
    words, is_first = [], True
    for start in starts:
        if is_first:
            words.append(_WORD.match(text[start:].decode(errors="replace"))[0])
        is_first = text[start : start + 1] == b";"
    unfit = [word for word in words if word.lower() not in _OPENINGS]
    return (unfit or words or [""])[0].upper()[:_SHOWN]
