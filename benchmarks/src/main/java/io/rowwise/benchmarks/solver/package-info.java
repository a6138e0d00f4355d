/** How long it takes to the optimum of a penalised softmax regression. */
package io.rowwise.benchmarks.solver;
