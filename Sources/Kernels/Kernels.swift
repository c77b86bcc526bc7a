@_exported import KernelInterface
public let kernels: any KernelSet = { fatalError() }()
