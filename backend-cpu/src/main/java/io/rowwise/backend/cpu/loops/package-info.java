/**
 * Loops between arrays, one function each, for both element types from one text. Programs do not
 * use it.
 */
package io.rowwise.backend.cpu.loops;
