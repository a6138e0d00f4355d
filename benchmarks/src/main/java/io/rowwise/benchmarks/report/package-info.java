/** Makes pages and plots of the results in {@code benchmarks/results}. */
package io.rowwise.benchmarks.report;
