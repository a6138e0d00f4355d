/**
 * What is run on a machine with a GPU: the notebook's fit against stored values, the contract with
 * the name of each test, times, and the summary that holds them against PyTorch's on the same
 * machine. {@code benchmarks/gpu/bundle} packs it for machines without JDK and network. The JMH
 * classes prepare what is timed, and can be run by themselves where there is more time.
 */
package io.rowwise.benchmarks.gpu;
