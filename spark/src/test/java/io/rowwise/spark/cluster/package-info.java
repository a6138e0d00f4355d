/** A standalone Spark cluster on loopback, started from the jars of the class path alone. */
package io.rowwise.spark.cluster;
