/** Threads that share work, and how work is cut into parts. Programs do not use it. */
package io.rowwise.backend.cpu.parallel;
