import CVectorIntrinsics

/// The instruction set extensions that this processor offers and the operating system supports.
///
/// Bit positions are those of the `cpuid` instruction in the manuals of Intel (volume 2A) and AMD
/// (volume 3, appendix E).
public struct ProcessorFeatures: Hashable, Sendable {
  /// Lower-case names, as in Linux's `/proc/cpuinfo` where it has them.
  public let names: [String]

  /// Features given by name; for tests of the selection.
  package init(names: [String]) { self.names = names }

  /// Whether all of `required` are there.
  func contains(all required: [String]) -> Bool { required.allSatisfy(names.contains) }

  /// This machine's features.
  public static let current = ProcessorFeatures(names: detectedNames())

  #if arch(x86_64)
    private static func detectedNames() -> [String] {
      let highestLeaf = identifyProcessor(0, 0).eax
      let highestExtendedLeaf = identifyProcessor(0x8000_0000, 0).eax
      let basic = identifyProcessor(1, 0)
      let extended =
        highestExtendedLeaf >= 0x8000_0001
        ? identifyProcessor(0x8000_0001, 0) : ProcessorIdentification()
      let structured = highestLeaf >= 7 ? identifyProcessor(7, 0) : ProcessorIdentification()
      let more = structured.eax >= 1 ? identifyProcessor(7, 1) : ProcessorIdentification()

      // Wide registers are of use only if the operating system saves them on a switch of threads.
      let savesExtendedStates = has(basic.ecx, 27)
      let states = savesExtendedStates ? savedRegisterStates() : 0
      let saves256 = states & 0x6 == 0x6
      let saves512 = states & 0xe6 == 0xe6

      var names = ["sse2"]
      func add(_ name: String, if isPresent: Bool) {
        if isPresent { names.append(name) }
      }
      add("sse4_2", if: has(basic.ecx, 20))
      add("movbe", if: has(basic.ecx, 22))
      add("popcnt", if: has(basic.ecx, 23))
      add("lzcnt", if: has(extended.ecx, 5))
      add("bmi1", if: has(structured.ebx, 3))
      add("bmi2", if: has(structured.ebx, 8))
      add("avx", if: saves256 && has(basic.ecx, 28))
      add("f16c", if: saves256 && has(basic.ecx, 29))
      add("fma", if: saves256 && has(basic.ecx, 12))
      add("avx2", if: saves256 && has(structured.ebx, 5))
      add("avx_vnni", if: saves256 && has(more.eax, 4))
      add("avx512f", if: saves512 && has(structured.ebx, 16))
      add("avx512dq", if: saves512 && has(structured.ebx, 17))
      add("avx512cd", if: saves512 && has(structured.ebx, 28))
      add("avx512bw", if: saves512 && has(structured.ebx, 30))
      add("avx512vl", if: saves512 && has(structured.ebx, 31))
      add("avx512_vnni", if: saves512 && has(structured.ecx, 11))
      add("avx512_bf16", if: saves512 && has(more.eax, 5))
      return names
    }

    private static func has(_ register: UInt32, _ bit: UInt32) -> Bool {
      register >> bit & 1 == 1
    }
  #elseif arch(arm64)
    private static func detectedNames() -> [String] { ["asimd"] }
  #else
    private static func detectedNames() -> [String] { [] }
  #endif
}
