/** Solvers of the penalised softmax regression, and what comes before them: tables, weights. */
package io.rowwise.trainer;
