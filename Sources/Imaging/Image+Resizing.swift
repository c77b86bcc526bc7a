extension Image {
  /// The picture at another size, equal to the bit to Pillow's `Image.resize` (of version 13; the
  /// versions before differ in single roundings where rows are reduced more than columns).
  ///
  /// - Parameters:
  ///   - filter: antialiased when the picture becomes smaller, except ``ResizeFilter/nearest``.
  ///   - box: the part to take, not empty and inside the picture; fractions of pixels count. The
  ///     whole picture when absent.
  public func resized(
    width newWidth: Int, height newHeight: Int, filter: ResizeFilter, box: Box? = nil
  ) -> Image {
    let geometry = ResamplingGeometry(
      width: width, height: height, newWidth: newWidth, newHeight: newHeight, box: box)
    return Image(
      width: newWidth, height: newHeight,
      pixels: geometry.convolved(pixels, channels: 3, filter: filter))
  }

  /// The picture at a given size without distortion: the middle of what is too wide or too high is
  /// kept, as Pillow's `ImageOps.fit` does with centering 0.5.
  public func fitted(width newWidth: Int, height newHeight: Int, filter: ResizeFilter) -> Image {
    resized(
      width: newWidth, height: newHeight, filter: filter,
      box: Box.centred(ofWidth: width, height: height, forWidth: newWidth, height: newHeight))
  }
}

extension Plane where Element == UInt8 {
  /// The map at another size, equal to the bit to Pillow's `Image.resize` in mode "L".
  ///
  /// - Parameter box: the part to take, the whole map when absent.
  public func resized(
    width newWidth: Int, height newHeight: Int, filter: ResizeFilter, box: Box? = nil
  ) -> Plane {
    let geometry = ResamplingGeometry(
      width: width, height: height, newWidth: newWidth, newHeight: newHeight, box: box)
    return Plane(
      width: newWidth, height: newHeight,
      elements: geometry.convolved(elements, channels: 1, filter: filter))
  }
}

extension Plane where Element == Float {
  /// The map at another size, equal to the bit to Pillow's `Image.resize` in mode "F".
  ///
  /// - Parameter box: the part to take, the whole map when absent.
  public func resized(
    width newWidth: Int, height newHeight: Int, filter: ResizeFilter, box: Box? = nil
  ) -> Plane {
    let geometry = ResamplingGeometry(
      width: width, height: height, newWidth: newWidth, newHeight: newHeight, box: box)
    return Plane(
      width: newWidth, height: newHeight, elements: geometry.convolved(elements, filter: filter))
  }
}

extension Plane {
  /// The map at another size without new values: labels, masks. The same pixels as Pillow's
  /// `Image.resize` with `NEAREST`.
  ///
  /// - Parameter box: the part to take, the whole map when absent.
  public func resizedNearest(
    width newWidth: Int, height newHeight: Int, box: Box? = nil
  ) -> Plane {
    let geometry = ResamplingGeometry(
      width: width, height: height, newWidth: newWidth, newHeight: newHeight, box: box)
    return Plane(
      width: newWidth, height: newHeight, elements: geometry.nearest(elements, channels: 1))
  }

  /// As ``Image/fitted(width:height:filter:)``, by nearest elements.
  public func fittedNearest(width newWidth: Int, height newHeight: Int) -> Plane {
    resizedNearest(
      width: newWidth, height: newHeight,
      box: Box.centred(ofWidth: width, height: height, forWidth: newWidth, height: newHeight))
  }
}

extension Box {
  /// The largest part in the middle of a raster that has the shape of another size.
  static func centred(
    ofWidth width: Int, height: Int, forWidth newWidth: Int, height newHeight: Int
  ) -> Box {
    let (fullWidth, fullHeight) = (Double(width), Double(height))
    let wanted = Double(newWidth) / Double(newHeight)
    var (partWidth, partHeight) = (fullWidth, fullHeight)
    if fullWidth / fullHeight > wanted {
      partWidth = wanted * fullHeight
    } else if fullWidth / fullHeight < wanted {
      partHeight = fullWidth / wanted
    }
    let left = (fullWidth - partWidth) * 0.5
    let top = (fullHeight - partHeight) * 0.5
    return Box(
      left: left, top: top, right: min(left + partWidth, fullWidth),
      bottom: min(top + partHeight, fullHeight))
  }
}
