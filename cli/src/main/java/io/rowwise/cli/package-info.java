/** The command {@code rowwise}: train, evaluate and predict from files, without a program. */
package io.rowwise.cli;
