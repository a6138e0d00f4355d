/** Tests of shared libraries before they are loaded. */
package io.rowwise.backend.library;
