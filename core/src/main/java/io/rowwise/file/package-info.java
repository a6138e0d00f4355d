/**
 * What the readers and writers of files share: files that are there as a whole, old or new, and
 * numbers in half precision. Public for Rowwise's other packages, not for programs.
 */
package io.rowwise.file;
