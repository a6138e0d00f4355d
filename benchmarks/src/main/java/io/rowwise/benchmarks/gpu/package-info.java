/**
 * What is run on a machine with a GPU: the notebook's fit against stored values, JMH suites, and
 * the summary that holds their results against PyTorch's on the same machine. {@code
 * benchmarks/gpu/bundle} packs it for machines without JDK and network.
 */
package io.rowwise.benchmarks.gpu;
