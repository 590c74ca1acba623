"""Migrations: from any older database of Nightbell to the tables of today, run by ``sqlite`` when it opens one."""
