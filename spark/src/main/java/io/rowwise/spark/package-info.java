/**
 * Rowwise's softmax classifier as an estimator of Spark ML: {@link
 * io.rowwise.spark.RowwiseClassifier} and {@link io.rowwise.spark.RowwiseModel}.
 */
package io.rowwise.spark;
