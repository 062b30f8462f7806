"""What every page reads: the version, and the codes that filters offer with their names."""

from dashboards.warehouse import Unavailable, Warehouse

WHOLE_PLAN = 0  # the three plan years together, where a mart holds them


def version(warehouse: Warehouse) -> object:
    """The one row that says what was built, when, from what and by which code."""
    rows = warehouse.rows(
        """
        select build_id, published_at, as_of, known_at, batch_id_max, git_commit, rules_version
        from marts.published_version
        """
    )
    if not rows:
        raise Unavailable("unreadable", warehouse.version.name)
    return rows[0]


def years(warehouse: Warehouse) -> list:
    """One row a plan year in order, 0 (the three together) last."""
    return warehouse.rows("select plan_year from marts.target_progress order by plan_year = 0, plan_year")


def cities(warehouse: Warehouse) -> list:
    """One row a city, the regional level last."""
    return warehouse.rows("select city_code as code, name_zh, name_en, is_city from marts.dim_city order by sort_order")


def industries(warehouse: Warehouse) -> list:
    """One row an industry: AI, the 19 pillars, the rest."""
    return warehouse.rows("select industry_code as code, name_zh, name_en from marts.dim_industry order by sort_order")


def groups(warehouse: Warehouse) -> list:
    """One row a group of trainees."""
    return warehouse.rows(
        "select trainee_group_code as code, name_zh, name_en from marts.dim_trainee_group order by sort_order"
    )


def types(warehouse: Warehouse) -> list:
    """One row a type of training."""
    return warehouse.rows(
        "select training_type_code as code, name_zh, name_en from marts.dim_training_type order by sort_order"
    )


def landed(warehouse: Warehouse) -> list:
    """The extracts that have landed at least once: what needs another one is not assessed."""
    return warehouse.rows("select extract from marts.extract_state where has_landed")
