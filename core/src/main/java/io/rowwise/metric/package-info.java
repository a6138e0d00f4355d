/** Numbers that say how near two results are: the percentage error and the accuracy. */
package io.rowwise.metric;
