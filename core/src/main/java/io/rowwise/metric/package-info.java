/**
 * Numbers that say how near two results are, the percentage error and the accuracy, and the report
 * of a classifier on labelled rows.
 */
package io.rowwise.metric;
