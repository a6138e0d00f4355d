/**
 * Shared libraries before a backend loads them: what their files say about themselves, copies that
 * are changed so that nobody else in the process meets them, and directories for such copies.
 * Programs do not use it.
 */
package io.rowwise.backend.library;
