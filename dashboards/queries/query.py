"""What the Query page itself reads; readers' queries run in `dashboards/sandbox`."""

from dashboards.warehouse import Warehouse


def facts(warehouse: Warehouse) -> object:
    """How many rows the facts hold."""
    return warehouse.rows(
        """
        select rows_fct_training_session, rows_fct_certification, rows_fct_employment, rows_fct_subsidy
        from marts.published_version
        """
    )[0]
