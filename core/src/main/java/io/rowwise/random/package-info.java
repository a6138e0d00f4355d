/** Random numbers that equal NumPy's, so that data made here equal data made there. */
package io.rowwise.random;
