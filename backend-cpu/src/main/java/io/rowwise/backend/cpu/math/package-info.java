/** Powers of e and logarithms over arrays, with their error bounds. Programs do not use it. */
package io.rowwise.backend.cpu.math;
