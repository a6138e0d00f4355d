/**
 * Operations that do more at once than a primitive, and how they plug in.
 *
 * <p>Each is an interface with a {@link io.rowwise.kernel.KernelType} as its constant {@code TYPE};
 * {@link io.rowwise.backend.Backend#kernel} makes one. A backend brings its own implementations,
 * anybody adds another with a {@link io.rowwise.kernel.KernelProvider}, and where there is none the
 * composition of primitives does the work.
 */
package io.rowwise.kernel;
