/**
 * Kernels as somebody outside of Rowwise writes them, with its public classes alone: a softmax in
 * place of the backend's own, from PTX, and a new operation, from CUDA C++.
 */
package com.example.kernels;
