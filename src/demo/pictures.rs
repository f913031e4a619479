//! Sample pictures of our own making: small, each different, the same every time.

use std::io;
use std::path::Path;

/// How many there are.
pub(super) const COUNT: usize = 1_000;

/// Pixels along each side.
const SIDE: u8 = 32;

/// File header and information header of a bitmap ("BITMAPFILEHEADER", "BITMAPINFOHEADER").
const HEADERS: u32 = 54;

/// The whole key of a picture.
pub(super) fn key(index: usize) -> String {
    format!("photos/picture-{index:04}.bmp")
}

/// A bitmap of 24 bits a pixel: a gradient in a hue that follows from the index.
pub(super) fn bitmap(index: usize) -> Vec<u8> {
    let side = u32::from(SIDE);
    let pixels = side * side * 3;
    let mut file = Vec::with_capacity((HEADERS + pixels) as usize);
    file.extend_from_slice(b"BM");
    for field in [HEADERS + pixels, 0, HEADERS, 40, side, side] {
        file.extend_from_slice(&field.to_le_bytes());
    }
    // One plane, 24 bits a pixel.
    file.extend_from_slice(&[1, 0, 24, 0]);
    for field in [0, pixels, 2_835, 2_835, 0, 0] {
        file.extend_from_slice(&u32::to_le_bytes(field));
    }
    let [red, green, blue] = hue(index);
    for row in 0..SIDE {
        for column in 0..SIDE {
            // The last pixel has the pure hue, so that neighbours differ there at least.
            let light = 131 + 2 * (u32::from(row) + u32::from(column));
            let shade = |colour: u8| u8::try_from(u32::from(colour) * light / 255).unwrap_or(u8::MAX);
            file.extend_from_slice(&[shade(blue), shade(green), shade(red)]);
        }
    }
    file
}

/// Once around the colours for all pictures together.
fn hue(index: usize) -> [u8; 3] {
    let degrees = index % COUNT * 1_530 / COUNT;
    let part = u8::try_from(degrees % 255).unwrap_or(0);
    let (up, down) = (part, 255 - part);
    match degrees / 255 {
        0 => [255, up, 0],
        1 => [down, 255, 0],
        2 => [0, 255, up],
        3 => [0, down, 255],
        4 => [up, 0, 255],
        _ => [255, 0, down],
    }
}

/// Writes all of them into the folder that is the bucket.
pub(super) fn write_all(bucket: &Path) -> io::Result<()> {
    std::fs::create_dir_all(bucket.join("photos"))?;
    std::fs::create_dir_all(bucket.join("results"))?;
    (0..COUNT).try_for_each(|index| std::fs::write(bucket.join(key(index)), bitmap(index)))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_picture_is_as_long_as_its_header_says() {
        let picture = bitmap(7);
        assert_eq!(picture.len(), 3_126);
        assert_eq!(u32::from_le_bytes(picture[2..6].try_into().unwrap()), 3_126);
        assert_eq!(u32::from_le_bytes(picture[10..14].try_into().unwrap()), HEADERS);
    }

    #[test]
    fn no_two_pictures_are_the_same() {
        assert_eq!((0..COUNT).map(bitmap).collect::<BTreeSet<_>>().len(), COUNT);
    }
}
