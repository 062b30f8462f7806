"""What the Data quality page reads: how fresh, how complete, what was refused, what the checks found, what changed."""

from dashboards.warehouse import Warehouse

ROWS_SHOWN = 20  # of the refused rows; all of them are in the files


def freshness(warehouse: Warehouse) -> list:
    """One row a city and extract, the regional level last."""
    return warehouse.rows(
        """
        select fresh.*, city.name_zh, city.name_en, city.is_city
        from marts.city_freshness as fresh
        inner join marts.dim_city as city on city.city_code = fresh.city_code
        order by city.sort_order
        """
    )


def extracts(warehouse: Warehouse) -> list:
    """One row an extract: whether it ever landed, and its newest record."""
    return warehouse.rows(
        """
        select extract, name_zh, name_en, is_required, has_landed, last_landed_at, latest_business_date
        from marts.extract_state
        """
    )


def scopes(warehouse: Warehouse, city: str) -> list:
    """One row an extract and one of all: files and rows of the city, or of the province."""
    return warehouse.rows(
        """
        select extract, files, open_files, corrected_files, held_files, rows_read, rows_landed, held_rows, open_rows,
          corrected_rows, open_share
        from marts.landing_scope
        where city_code = ?
        """,
        [city],
    )


def checks(warehouse: Warehouse) -> list:
    """One row a check, in the order in which they ran."""
    return warehouse.rows(
        """
        select gate, check_name, subject, severity, status, observed, unexpected_count, message_zh, message_en
        from marts.gate_result
        order by checked_at, gate, subject, check_name
        """
    )


_FILES = """
    select file.batch_id, file.extract, file.file_name, file.city_code, file.landed_at, file.status, file.rows_landed,
      file.rows_rejected, file.open_rows, file.is_open, file.corrected_by, file.corrected_by_file, file.message,
      city.name_zh, city.name_en
    from marts.landing_file as file
    left join marts.dim_city as city on city.city_code = file.city_code
"""


def refused_files(warehouse: Warehouse, city: str) -> list:
    """One row a file of a sender that is held or was refused as a whole: what waits first, then what was corrected."""
    return warehouse.rows(
        f"""
        {_FILES}
        where file.status in ('refused', 'held') and file.city_code is not null and ? in (file.city_code, 'ALL')
        order by file.is_open or file.status = 'held' desc, file.landed_at desc, file.batch_id desc
        limit 200
        """,
        [city],
    )


def files_of_nobody(warehouse: Warehouse) -> list:
    """One row a file of no sender that is held, was refused, or has rows to correct: who asks for it is to be found."""
    return warehouse.rows(
        f"""
        {_FILES}
        where file.city_code is null and (file.is_open or file.status = 'held' or file.open_rows > 0)
        order by file.landed_at desc, file.batch_id desc
        limit 200
        """
    )


def reasons(warehouse: Warehouse, city: str) -> list:
    """One row a reason for which rows are to correct, or were replaced in their own file, the most frequent first."""
    return warehouse.rows(
        """
        select reason_code, message_zh, message_en, faults, refused_rows, open_rows, files, share_of_faults
        from marts.refused_reason
        where city_code = ? and (open_rows > 0 or reason_code = 'superseded_in_file')
        order by open_rows desc, refused_rows desc, reason_code
        """,
        [city],
    )


def causes(warehouse: Warehouse, city: str) -> list:
    """One row an extract, column and reason for which rows of a city are to correct, the most frequent first."""
    return warehouse.rows(
        """
        select extract, column_name, reason_code, message_zh, message_en, faults, open_rows, files, last_landed_at
        from marts.refused_cause
        where city_code = ? and open_rows > 0
        order by open_rows desc, extract, column_name, reason_code
        """,
        [city],
    )


def refused_rows(warehouse: Warehouse, city: str) -> list:
    """The first faults of a city's rows that are still to correct, the newest file first."""
    return warehouse.rows(
        """
        select fault.batch_id, fault.extract, fault.file_name, fault.landed_at, fault.row_number, fault.column_name,
          fault.reason_code, reason.message_zh, reason.message_en
        from marts.refused_row as fault
        left join marts.refused_reason as reason
          on reason.reason_code = fault.reason_code and reason.city_code = fault.city_code
        where fault.city_code = ? and fault.is_open
        order by fault.batch_id desc, fault.row_number, fault.column_name
        limit ?
        """,
        [city, ROWS_SHOWN],
    )


def occupations(warehouse: Warehouse, city: str) -> list:
    """One row a training type and one of all: how many sessions have an occupation by code, by name, not at all."""
    return warehouse.rows(
        """
        select scope.training_type, scope.sessions, scope.code_sessions, scope.name_sessions,
          scope.no_occupation_sessions, scope.code_share, scope.name_share, scope.no_occupation_share,
          kind.name_zh, kind.name_en
        from marts.occupation_scope as scope
        left join marts.dim_training_type as kind on kind.training_type_code = scope.training_type
        where scope.city_code = ? and scope.sessions > 0
        order by kind.sort_order nulls last
        """,
        [city],
    )


def changes(warehouse: Warehouse) -> list:
    """One row a plan year, figure and cause of what changed since the version before; none without one."""
    return warehouse.rows(
        """
        select build_before, build_after, plan_year, figure, value_before, value_after, cause, effect
        from marts.version_change
        order by plan_year, figure, cause_order
        """
    )


def forecasts(warehouse: Warehouse) -> list:
    """One row a month end of the newest plan year that is over, its December left out: the year is over by then."""
    return warehouse.rows(
        """
        select test.plan_year, test.evaluated_on, test.projection, test.projection_low, test.projection_high,
          test.actual_sessions, test.projection_error, test.is_covered, accuracy.evaluations,
          accuracy.mean_absolute_error, accuracy.mean_absolute_error_straight, accuracy.covered_evaluations,
          accuracy.hindsight_evaluations
        from marts.projection_backtest as test
        inner join marts.projection_accuracy as accuracy on accuracy.plan_year = test.plan_year
        where month(test.evaluated_on) < 12
          and test.plan_year = (select plan_year from marts.projection_accuracy order by plan_year desc limit 1)
        order by test.evaluated_on
        """
    )


def delay(warehouse: Warehouse, year: int) -> list:
    """What is estimated to be over but not yet reported."""
    return warehouse.rows(
        "select plan_year, delay_basis, delay_sessions from marts.target_progress where plan_year = ?", [year]
    )
