/** A backend's primitives on elements, rows and columns. Programs do not use it. */
package io.rowwise.backend.cpu.elementwise;
