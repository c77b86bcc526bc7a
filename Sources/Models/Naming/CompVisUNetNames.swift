/// What the numbers of CompVis' UNet blocks depend on: its levels, the finest first.
public struct UNetStructure: Hashable, Sendable {
  public struct Level: Hashable, Sendable {
    /// Residual blocks on the way down; the way up has one more.
    public var layerCount: Int
    public var attendsGoingUp: Bool
  }

  public var levels: [Level]

  public init(_ configuration: UNetConfiguration) {
    levels = configuration.levels.map {
      Level(layerCount: $0.layerCount, attendsGoingUp: $0.attendsGoingUp)
    }
  }

  /// The structure that CompVis' names tell: the block with `op` ends a level.
  ///
  /// - Parameter names: without the prefix of the UNet, `input_blocks.0.0.weight` and so on.
  public init(compVisNames names: [String]) {
    var modules: Set<Substring> = []
    for name in names where name.hasPrefix("input_blocks.") || name.hasPrefix("output_blocks.") {
      let dots = name.indices.filter { name[$0] == "." }
      for dot in dots.prefix(4) { modules.insert(name[..<dot]) }
    }
    self.init(
      isDownsampler: { modules.contains("input_blocks.\($0).0.op") },
      isResidual: { modules.contains("input_blocks.\($0).0") },
      attendsGoingUp: { block in
        modules.contains("output_blocks.\(block).1")
          && !modules.contains("output_blocks.\(block).1.conv")
      })
  }

  /// The structure that CompVis' names tell without their dots; see ``AverageNames``.
  init(averages names: Set<String>) {
    func holds(_ modules: String...) -> Bool {
      modules.contains { module in
        ["weight", "bias"].contains { names.contains(AverageNames.withoutDots(module) + $0) }
      }
    }
    // The number of a child has one digit, so that of a block is told from what follows it.
    self.init(
      isDownsampler: { holds("input_blocks.\($0).0.op") },
      isResidual: { holds("input_blocks.\($0).0.in_layers.0", "input_blocks.\($0).0.in_layers.2") },
      attendsGoingUp: { holds("output_blocks.\($0).1.norm", "output_blocks.\($0).1.proj_in") })
  }

  /// - Parameters: what the block of a number is, in the input or the output blocks.
  private init(
    isDownsampler: (Int) -> Bool, isResidual: (Int) -> Bool, attendsGoingUp: (Int) -> Bool
  ) {
    var counts = [0]
    var block = 1
    while true {
      if isDownsampler(block) {
        counts.append(0)
      } else if isResidual(block) {
        counts[counts.count - 1] += 1
      } else {
        break
      }
      block += 1
    }
    levels = counts.map { Level(layerCount: $0, attendsGoingUp: false) }
    block = 0
    for index in levels.indices.reversed() {
      let blocks = block...block + levels[index].layerCount
      levels[index].attendsGoingUp = blocks.contains(where: attendsGoingUp)
      block = blocks.upperBound + 1
    }
  }
}

extension NameTable {
  /// The UNet's names, without a prefix on either side.
  ///
  /// Source: CompVis/stable-diffusion, `ldm/modules/diffusionmodules/openaimodel.py`, `UNetModel`,
  /// the order in which its blocks are made. Golden: `compvis-names.json`.
  public static func unet(_ structure: UNetStructure) -> NameTable {
    var modules = [
      ModuleNames(compVis: "time_embed.0", diffusers: "time_embedding.linear_1"),
      ModuleNames(compVis: "time_embed.2", diffusers: "time_embedding.linear_2"),
      ModuleNames(compVis: "input_blocks.0.0", diffusers: "conv_in"),
      ModuleNames(compVis: "out.0", diffusers: "conv_norm_out"),
      ModuleNames(compVis: "out.2", diffusers: "conv_out"),
      residual("middle_block.0", "mid_block.resnets.0"),
      ModuleNames(compVis: "middle_block.1", diffusers: "mid_block.attentions.0"),
      residual("middle_block.2", "mid_block.resnets.1"),
    ]
    let levelCount = structure.levels.count
    var block = 1
    for (index, level) in structure.levels.enumerated() {
      let target = "down_blocks.\(index)"
      for layer in 0..<level.layerCount {
        modules.append(residual("input_blocks.\(block).0", "\(target).resnets.\(layer)"))
        modules.append(
          ModuleNames(
            compVis: "input_blocks.\(block).1", diffusers: "\(target).attentions.\(layer)"))
        block += 1
      }
      guard index < levelCount - 1 else { continue }
      modules.append(
        ModuleNames(
          compVis: "input_blocks.\(block).0.op", diffusers: "\(target).downsamplers.0.conv"))
      block += 1
    }
    block = 0
    for (index, level) in structure.levels.reversed().enumerated() {
      let target = "up_blocks.\(index)"
      for layer in 0...level.layerCount {
        modules.append(residual("output_blocks.\(block).0", "\(target).resnets.\(layer)"))
        if level.attendsGoingUp {
          modules.append(
            ModuleNames(
              compVis: "output_blocks.\(block).1", diffusers: "\(target).attentions.\(layer)"))
        }
        block += 1
      }
      guard index < levelCount - 1 else { continue }
      // The upsampler is the last child of the level's last block.
      let child = level.attendsGoingUp ? 2 : 1
      modules.append(
        ModuleNames(
          compVis: "output_blocks.\(block - 1).\(child).conv",
          diffusers: "\(target).upsamplers.0.conv"))
    }
    return NameTable(modules)
  }

  private static func residual(_ compVis: String, _ diffusers: String) -> ModuleNames {
    ModuleNames(
      compVis: compVis, diffusers: diffusers,
      inner: [
        ("in_layers.0", "norm1"), ("in_layers.2", "conv1"), ("emb_layers.1", "time_emb_proj"),
        ("out_layers.0", "norm2"), ("out_layers.3", "conv2"), ("skip_connection", "conv_shortcut"),
      ])
  }
}
