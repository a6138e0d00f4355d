/** Parquet files as tables. */
package io.rowwise.cli.parquet;
