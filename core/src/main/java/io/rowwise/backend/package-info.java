/**
 * Devices and the matrices that live on them.
 *
 * <p>A program opens a {@link io.rowwise.backend.Backend} with {@link io.rowwise.backend.Backends},
 * makes {@link io.rowwise.backend.Matrix matrices} on it and computes. A device is added by
 * extending {@link io.rowwise.backend.CheckedBackend} and naming a {@link
 * io.rowwise.backend.BackendProvider} in {@code META-INF/services}. There is no arithmetic here.
 */
package io.rowwise.backend;
