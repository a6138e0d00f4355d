/**
 * Arrays that grow, how long an array may be, and numbers of {@code float} as {@code double}.
 * Public for Rowwise's other packages and modules, not for programs.
 */
package io.rowwise.array;
