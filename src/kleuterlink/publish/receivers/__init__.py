"""Receivers: a run's folder -> what each receiver may have, one module per receiver; `registry` knows them all."""
