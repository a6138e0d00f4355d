/**
 * Arrays that grow, and how long an array may be. Public for Rowwise's other packages and modules,
 * not for programs.
 */
package io.rowwise.array;
