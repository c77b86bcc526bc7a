// swift-tools-version: 6.1
import PackageDescription

// The kernels are one source folder, compiled once per instruction set and chosen at run time.
#if arch(x86_64)
  let vectorKernelTargets: [Target] = [
    .target(
      name: "KernelsAVX512BF16",
      dependencies: ["KernelInterface", "CVectorIntrinsics"],
      swiftSettings: [
        .define("KERNELS_AVX512"),
        .define("KERNELS_AVX512BF16"),
        .unsafeFlags([
          "-Ounchecked", "-Xcc", "-march=x86-64-v4", "-Xcc", "-mavx512vnni", "-Xcc",
          "-mavx512bf16",
        ]),
      ]),
    .target(
      name: "KernelsAVX512",
      dependencies: ["KernelInterface", "CVectorIntrinsics"],
      swiftSettings: [
        .define("KERNELS_AVX512"),
        .unsafeFlags(["-Ounchecked", "-Xcc", "-march=x86-64-v4"]),
      ]),
    .target(
      name: "KernelsAVX2",
      dependencies: ["KernelInterface", "CVectorIntrinsics"],
      swiftSettings: [
        .define("KERNELS_AVX2"),
        .unsafeFlags(["-Ounchecked", "-Xcc", "-march=x86-64-v3"]),
      ]),
  ]
  let vectorKernelNames: [Target.Dependency] = [
    "KernelsAVX512BF16", "KernelsAVX512", "KernelsAVX2",
  ]
#else
  let vectorKernelTargets: [Target] = []
  let vectorKernelNames: [Target.Dependency] = []
#endif

let package = Package(
  name: "instructcv",
  products: [.executable(name: "instructcv", targets: ["instructcv"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
    .package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.5.0"),
  ],
  targets: [
    // System libraries and C headers.
    .systemLibrary(
      name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
    .systemLibrary(name: "CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"])]),
    .systemLibrary(name: "CJPEG", pkgConfig: "libjpeg", providers: [.apt(["libjpeg-dev"])]),
    .target(name: "CJPEGShim", dependencies: ["CJPEG"]),
    .target(name: "CVectorIntrinsics"),

    // Numbers.
    .target(name: "KernelInterface"),
    .target(
      name: "KernelsBaseline",
      dependencies: ["KernelInterface", "CVectorIntrinsics"],
      swiftSettings: [.define("KERNELS_BASELINE"), .unsafeFlags(["-Ounchecked"])]),
    .target(
      name: "Kernels",
      dependencies: ["KernelInterface", "KernelsBaseline", "CVectorIntrinsics"] + vectorKernelNames),
    .target(name: "TensorCore", dependencies: ["Platform", "Kernels", "COpenBLAS"]),
    .target(name: "Serialization", dependencies: ["Platform", "TensorCore"]),
    .target(name: "Layers", dependencies: ["TensorCore", "Serialization"]),
    .target(name: "Models", dependencies: ["Layers"]),
    .target(
      name: "Diffusion", dependencies: ["Models"], resources: [.copy("Resources/default")]),

    // Pictures and tasks.
    .target(name: "Platform"),
    .target(name: "Imaging", dependencies: ["Platform", "CPNG", "CJPEGShim"]),
    .target(name: "VisionTasks", dependencies: ["Imaging", "TensorCore"]),
    .target(name: "Datasets", dependencies: ["VisionTasks", "Serialization"]),
    .target(name: "Answering", dependencies: ["Diffusion", "VisionTasks"]),

    // Work.
    .target(
      name: "Training",
      dependencies: ["Diffusion", "Datasets", .product(name: "Yams", package: "Yams")]),
    .target(name: "Evaluation", dependencies: ["Answering", "Datasets"]),
    .target(name: "Benchmarks", dependencies: ["Training", "Evaluation"]),
    .executableTarget(
      name: "instructcv",
      dependencies: [
        "Benchmarks",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
      ]),

    // Tests.
    .target(name: "TestSupport", dependencies: ["TensorCore"], path: "Tests/TestSupport"),
    .testTarget(name: "KernelsTests", dependencies: ["Kernels", "TestSupport"]),
    .testTarget(name: "TensorCoreTests", dependencies: ["TensorCore", "TestSupport"]),
    .testTarget(
      name: "SerializationTests", dependencies: ["Serialization", "TestSupport"],
      resources: [.copy("Goldens")]),
    .testTarget(
      name: "ModelsTests", dependencies: ["Models", "TestSupport"],
      resources: [.copy("Goldens")]),
    .testTarget(
      name: "DiffusionTests", dependencies: ["Diffusion", "TestSupport"],
      resources: [.copy("Goldens")]),
    .testTarget(name: "PlatformTests", dependencies: ["Platform"]),
    .testTarget(
      name: "ImagingTests", dependencies: ["Imaging", "TestSupport"],
      resources: [.copy("Goldens")]),
    .testTarget(name: "VisionTasksTests", dependencies: ["VisionTasks", "TestSupport"]),
    .testTarget(name: "DatasetsTests", dependencies: ["Datasets", "TestSupport"]),
    .testTarget(name: "AnsweringTests", dependencies: ["Answering", "TestSupport"]),
    .testTarget(name: "TrainingTests", dependencies: ["Training", "TestSupport"]),
    .testTarget(
      name: "EvaluationTests", dependencies: ["Evaluation", "TestSupport"],
      resources: [.copy("Goldens")]),
    .testTarget(
      name: "instructcvTests", dependencies: ["instructcv", "TestSupport"],
      resources: [.copy("Goldens")]),
  ] + vectorKernelTargets
)
