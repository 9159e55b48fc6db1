"""A dashboard of tenants: three endpoints that are three SELECTs, and one static page."""
