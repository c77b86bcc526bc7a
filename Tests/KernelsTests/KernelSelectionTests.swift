import Kernels
import Testing

@Suite struct KernelSelectionTests {
  @Test func baselineIsAlwaysThere() {
    #expect(KernelSelection.available.last == .baseline)
    for set in InstructionSet.allCases {
      #expect((set.kernels != nil) == set.isAvailable())
    }
  }

  @Test func resolvesRequests() throws {
    #expect(try KernelSelection.resolve(environment: [:]) == KernelSelection.available.first)
    #expect(
      try KernelSelection.resolve(environment: ["INSTRUCTCV_ISA": ""])
        == KernelSelection.available.first)
    #expect(
      try KernelSelection.resolve(environment: ["INSTRUCTCV_ISA": "baseline"]) == .baseline)
    #expect(throws: KernelSelectionError.unknown("AVX512")) {
      try KernelSelection.resolve(environment: ["INSTRUCTCV_ISA": "AVX512"])
    }
    for set in InstructionSet.allCases where !set.isAvailable() {
      #expect(throws: KernelSelectionError.unavailable(set)) {
        try KernelSelection.resolve(requested: set.rawValue)
      }
    }
  }

  @Test func errorsNameTheRemedy() {
    let message = KernelSelectionError.unknown("sse9").description
    #expect(message.hasPrefix("INSTRUCTCV_ISA: 'sse9' is not an instruction set; use one of "))
    #expect(message.contains("baseline"))
    #expect(KernelSelectionError.unavailable(.avx512).description.contains("can't run"))
  }

  #if arch(x86_64)
    @Test func everyRequiredFeatureCounts() {
      #expect(InstructionSet.baseline.isAvailable(on: ProcessorFeatures(names: [])))
      for set in [InstructionSet.avx2, .avx512, .avx512bf16] {
        let features = set.requiredFeatures
        #expect(set.isAvailable(on: ProcessorFeatures(names: features)))
        for missing in features {
          let rest = ProcessorFeatures(names: features.filter { $0 != missing })
          #expect(!set.isAvailable(on: rest), "without \(missing)")
        }
      }
    }
  #endif

  @Test func featuresAreNamedOnce() {
    let names = ProcessorFeatures.current.names
    #expect(!names.isEmpty)
    #expect(Set(names).count == names.count)
  }
}
