# assay_library, assay_program, assay_benchmarks: a folder becomes a target.

set_property(GLOBAL PROPERTY ASSAY_LIBRARIES "")

# A folder's own extras (per-file flags, one more library) stand in <folder>/local.cmake, which
# sees the target's name as ASSAY_TARGET. Needed rarely.
macro(assay_local target dir)
  if(EXISTS ${PROJECT_SOURCE_DIR}/${dir}/local.cmake)
    set(ASSAY_TARGET ${target})
    include(${PROJECT_SOURCE_DIR}/${dir}/local.cmake)
  endif()
endmacro()

function(assay_external_targets out)
  set(targets "")
  foreach(name IN LISTS ARGN)
    list(APPEND targets ext_${name})
  endforeach()
  set(${out} ${targets} PARENT_SCOPE)
endfunction()

# A static library of every .c file directly in DIR; without any (yet), an interface of its headers.
function(assay_library name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "DIR" "DEPS;EXTERNAL")
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${arg_DIR}/*.c)
  assay_external_targets(external ${arg_EXTERNAL})
  if(sources)
    add_library(${name} STATIC ${sources})
    target_link_libraries(${name} PUBLIC assay_flags ${arg_DEPS} PRIVATE ${external})
  else()
    add_library(${name} INTERFACE)
    target_link_libraries(${name} INTERFACE assay_flags ${arg_DEPS} ${external})
  endif()
  set_property(GLOBAL APPEND PROPERTY ASSAY_LIBRARIES ${name})
  assay_local(${name} ${arg_DIR})
endfunction()

# The program: main.c is the executable, the rest of DIR a library that tests can link.
function(assay_program name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "DIR" "")
  get_property(libraries GLOBAL PROPERTY ASSAY_LIBRARIES)
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${arg_DIR}/*.c)
  set(main ${PROJECT_SOURCE_DIR}/${arg_DIR}/main.c)
  list(FIND sources ${main} has_main)
  list(REMOVE_ITEM sources ${main})

  set(info_dir ${PROJECT_BINARY_DIR}/generated)
  add_custom_target(${name}_build_info
      COMMAND ${CMAKE_COMMAND} -DSOURCE_DIR=${PROJECT_SOURCE_DIR} -DOUT=${info_dir}/build_info.h
              -DVERSION=${PROJECT_VERSION} -DPRESET=${PROJECT_BINARY_DIR}
              "-DCOMPILER=${CMAKE_C_COMPILER_ID} ${CMAKE_C_COMPILER_VERSION}"
              -P ${PROJECT_SOURCE_DIR}/cmake/BuildInfo.cmake
      BYPRODUCTS ${info_dir}/build_info.h
      VERBATIM)

  if(sources)
    add_library(assay_commands STATIC ${sources})
    target_link_libraries(assay_commands PUBLIC ${libraries})
    target_include_directories(assay_commands PRIVATE ${info_dir})
    add_dependencies(assay_commands ${name}_build_info)
  else()
    add_library(assay_commands INTERFACE)
    target_link_libraries(assay_commands INTERFACE ${libraries})
  endif()
  set_property(GLOBAL APPEND PROPERTY ASSAY_LIBRARIES assay_commands)

  if(has_main GREATER_EQUAL 0)
    add_executable(${name} ${main})
    target_include_directories(${name} PRIVATE ${info_dir})
    target_link_libraries(${name} PRIVATE assay_commands)
    add_dependencies(${name} ${name}_build_info)
    set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR})
    if(NOT ASSAY_SANITIZER)
      # Nothing names it, it takes malloc's place: so it must stay although it looks unneeded.
      target_link_libraries(${name} PRIVATE
          -Wl,--push-state,--no-as-needed,-ljemalloc,--pop-state)
    endif()
    assay_local(${name} ${arg_DIR})
  endif()
endfunction()

# Each bench_*.c in DIR is an executable; its other .c files are linked into all of them.
function(assay_benchmarks)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "DIR" "")
  get_property(libraries GLOBAL PROPERTY ASSAY_LIBRARIES)
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${arg_DIR}/*.c)
  set(shared ${sources})
  list(FILTER shared EXCLUDE REGEX "/bench_[^/]*$")
  list(FILTER sources INCLUDE REGEX "/bench_[^/]*$")
  foreach(source IN LISTS sources)
    get_filename_component(name ${source} NAME_WE)
    add_executable(${name} ${source} ${shared})
    target_link_libraries(${name} PRIVATE ${libraries} m)
    set_target_properties(${name} PROPERTIES
        RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/${arg_DIR})
  endforeach()
endfunction()
