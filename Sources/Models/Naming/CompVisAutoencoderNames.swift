extension NameTable {
  /// The autoencoder's names, without a prefix on either side.
  ///
  /// CompVis keeps the attention's matrices as 1x1 convolutions; see ``isPixelProjection(_:)``.
  ///
  /// Source: CompVis/stable-diffusion, `ldm/modules/diffusionmodules/model.py`, `Encoder` and
  /// `Decoder`. Golden: `compvis-names.json`.
  ///
  /// - Parameters:
  ///   - levelCount: levels of the encoder, as many as of the decoder, which CompVis numbers the
  ///     other way round.
  ///   - layerCount: residual blocks per level of the encoder; the decoder has one more.
  public static func autoencoder(levelCount: Int, layerCount: Int) -> NameTable {
    var modules = ["quant_conv", "post_quant_conv"].map {
      ModuleNames(compVis: $0, diffusers: $0)
    }
    for side in ["encoder", "decoder"] {
      for name in ["conv_in", "conv_out"] {
        modules.append(ModuleNames(compVis: "\(side).\(name)", diffusers: "\(side).\(name)"))
      }
      modules.append(
        ModuleNames(compVis: "\(side).norm_out", diffusers: "\(side).conv_norm_out"))
      modules.append(pictureResidual("\(side).mid.block_1", "\(side).mid_block.resnets.0"))
      modules.append(pictureResidual("\(side).mid.block_2", "\(side).mid_block.resnets.1"))
      modules.append(
        ModuleNames(
          compVis: "\(side).mid.attn_1", diffusers: "\(side).mid_block.attentions.0",
          inner: [
            ("norm", "group_norm"), ("q", "to_q"), ("k", "to_k"), ("v", "to_v"),
            ("proj_out", "to_out.0"),
          ]))
    }
    for level in 0..<levelCount {
      let (down, up) = ("encoder.down.\(level)", "decoder.up.\(level)")
      let downTarget = "encoder.down_blocks.\(level)"
      let upTarget = "decoder.up_blocks.\(levelCount - 1 - level)"
      for layer in 0...layerCount {
        if layer < layerCount {
          modules.append(
            pictureResidual("\(down).block.\(layer)", "\(downTarget).resnets.\(layer)"))
        }
        modules.append(pictureResidual("\(up).block.\(layer)", "\(upTarget).resnets.\(layer)"))
      }
      modules.append(
        ModuleNames(compVis: "\(down).downsample", diffusers: "\(downTarget).downsamplers.0"))
      modules.append(
        ModuleNames(compVis: "\(up).upsample", diffusers: "\(upTarget).upsamplers.0"))
    }
    return NameTable(modules)
  }

  /// The table for the model that CompVis' `names` belong to.
  public static func autoencoder(compVisNames names: [String]) -> NameTable {
    /// One more than the largest number that follows `prefix`.
    func count(after prefix: String) -> Int {
      let numbers = names.compactMap { name in
        name.hasPrefix(prefix) ? Int(name.dropFirst(prefix.count).prefix { $0 != "." }) : nil
      }
      // Far more than any model has, and few enough for a table.
      return min(max((numbers.max() ?? 0), 0), 64) + 1
    }
    return autoencoder(
      levelCount: count(after: "encoder.down."), layerCount: count(after: "encoder.down.0.block."))
  }

  /// Whether the autoencoder's tensor, by diffusers' name, is a matrix that CompVis keeps as a 1x1
  /// convolution `[O, I, 1, 1]`.
  public static func isPixelProjection(_ name: String) -> Bool {
    name.contains(".mid_block.attentions.0.to_") && name.hasSuffix(".weight")
  }

  /// diffusers' present name of an autoencoder's tensor that its releases before 0.17 called `name`.
  public static func currentAutoencoderName(_ name: String) -> String {
    guard name.contains(".mid_block.attentions.0.") else { return name }
    for (former, current) in formerProjections where name.contains(".\(former).") {
      return name.replacing(".\(former).", with: ".\(current).")
    }
    return name
  }

  private static let formerProjections = [
    ("query", "to_q"), ("key", "to_k"), ("value", "to_v"), ("proj_attn", "to_out.0"),
  ]

  private static func pictureResidual(_ compVis: String, _ diffusers: String) -> ModuleNames {
    ModuleNames(
      compVis: compVis, diffusers: diffusers,
      inner: [
        ("norm1", "norm1"), ("conv1", "conv1"), ("norm2", "norm2"), ("conv2", "conv2"),
        ("nin_shortcut", "conv_shortcut"),
      ])
  }
}
