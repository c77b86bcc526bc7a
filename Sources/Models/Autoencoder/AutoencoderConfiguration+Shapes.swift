import Layers

extension AutoencoderConfiguration {
  /// The configuration of the autoencoder whose tensors, under diffusers' names, these are.
  ///
  /// What shapes can't tell is Stable Diffusion 1's: 32 groups (or the largest divisor of that which
  /// divides all widths) and the scale 0.18215.
  ///
  /// - Throws: ``ReportableError`` (`badData`) without a path.
  public init(shapesOf tensors: any StoredTensors) throws {
    let shapes = StoredShapes(tensors)
    let count = shapes.count("encoder.down_blocks")
    try Self.check(1...8 ~= count, "it has \(count) levels, not 1...8")
    let widths = try (0..<count).map { index in
      let block = "encoder.down_blocks.\(index).resnets.0"
      return try shapes.length(
        0, of: "\(block).conv2.weight", "\(block).conv2.bias", "\(block).norm2.weight")
    }
    self.init(
      inputChannels: try shapes.length(1, of: "encoder.conv_in.weight"),
      outputChannels: try shapes.length(0, of: "decoder.conv_out.weight", "decoder.conv_out.bias"),
      latentChannels: try shapes.length(1, of: "decoder.conv_in.weight"),
      widths: widths, layerCount: shapes.count("encoder.down_blocks.0.resnets"),
      groupCount: StoredShapes.commonDivisor(32, widths),
      hasMiddleAttention: shapes.has("encoder.mid_block.attentions.0"),
      hasQuantConvolution: shapes.has("quant_conv"),
      hasPostQuantConvolution: shapes.has("post_quant_conv"))
    try validate()
  }
}
