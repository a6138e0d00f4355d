/** PyTorch itself, through DJL, as the peer that results and times are compared with. */
package io.rowwise.benchmarks.pytorch;
