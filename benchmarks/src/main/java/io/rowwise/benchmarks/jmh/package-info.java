/** The JMH suites. Every peer does the same work in the same run, so that a ratio can be quoted. */
package io.rowwise.benchmarks.jmh;
