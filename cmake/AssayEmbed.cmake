# assay_embed(TARGET SYMBOL FILE): the file's bytes as `const unsigned char SYMBOL[]` (a zero byte behind them) and
# `const size_t SYMBOL_bytes` (without it) in TARGET, made again when the file changes. For use in <folder>/local.cmake.
function(assay_embed target symbol file)
  set(out ${PROJECT_BINARY_DIR}/generated/embed/${symbol}.c)
  add_custom_command(
      OUTPUT ${out}
      COMMAND ${CMAKE_COMMAND} -DSYMBOL=${symbol} -DFILE=${file} -DOUT=${out}
              -P ${PROJECT_SOURCE_DIR}/cmake/EmbedFile.cmake
      DEPENDS ${file} ${PROJECT_SOURCE_DIR}/cmake/EmbedFile.cmake
      VERBATIM)
  target_sources(${target} PRIVATE ${out})
endfunction()
