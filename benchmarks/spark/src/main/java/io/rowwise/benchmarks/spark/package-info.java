/** Fits on Spark beside MLlib's, on the same cached rows and to the same objective. */
package io.rowwise.benchmarks.spark;
