/**
 * Solvers of the penalised softmax regression; what comes before them: tables, weights; and after
 * them: a temperature.
 */
package io.rowwise.trainer;
