/// Everything one instruction set's compilation of the kernels offers. One value is chosen when the
/// program starts; all arithmetic of the tensor library goes through it.
public protocol KernelSet: MatrixKernels, WinogradKernels, AttentionKernels, NormalizationKernels,
  PointwiseKernels, OptimizerKernels
{
  /// The name shown by `--version` and taken by `INSTRUCTCV_ISA`: `avx512bf16`, `avx512`,
  /// `avx2`, `baseline`.
  var name: String { get }
}
