/** Where to start: what this library finds on a machine. The rest is in the packages below. */
package io.rowwise;
